-- As comply.try_enter(), for a token. Writes the row that tells of a refusal, which callers cannot, so it has
-- the owner's rights. The row says nothing of the token: nothing that it claims is proven.
create or replace function comply.try_enter_signed(token text, correlation_id uuid default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_message text;
begin
  perform comply.enter_signed(try_enter_signed.token, try_enter_signed.correlation_id);
  return null;
exception
  when sqlstate 'PC006' then
    get stacked diagnostics v_message = message_text;
    perform set_config('comply.token', '', true);
    perform comply_private.set_context('', null, try_enter_signed.correlation_id);

    if current_setting('transaction_read_only') = 'off' then
      perform comply_private.write_event(
        sqlstate, v_message, seq => currval('comply_private.security_events_seq'));
    end if;

    return sqlstate;
end;
$$;

comment on function comply.try_enter_signed(text, uuid) is
  'Do as comply.enter_signed(), but return the SQLSTATE of a refusal, which comply.security_events then has once '
  'the transaction commits; null: entered.';

revoke execute on function comply.try_enter_signed(text, uuid) from public;
grant  execute on function comply.try_enter_signed(text, uuid)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
