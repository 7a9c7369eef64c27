-- comply.enter() ends the transaction when it refuses, and the row that tells of it would end as well. Writes
-- that row, which callers cannot, so it has the owner's rights. A refusal leaves no context, not even an
-- earlier one of this transaction: whoever overlooks what is returned sees no rows.
create or replace function comply.try_enter(
  tenant_id      text,
  actor          text default null,
  correlation_id uuid default null
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_message text;
begin
  perform comply.enter(try_enter.tenant_id, try_enter.actor, try_enter.correlation_id);
  return null;
exception
  when sqlstate 'PC001' or sqlstate 'PC003' or sqlstate 'PC005' then
    get stacked diagnostics v_message = message_text;
    perform set_config('comply.token', '', true);
    perform comply_private.set_context('', null, try_enter.correlation_id);

    if current_setting('transaction_read_only') = 'off' then
      perform comply_private.write_event(
        sqlstate, v_message, seq => currval('comply_private.security_events_seq'));
    end if;

    return sqlstate;
end;
$$;

comment on function comply.try_enter(text, text, uuid) is
  'Do as comply.enter(), but return the SQLSTATE of a refusal, which comply.security_events then has once the '
  'transaction commits; null: entered.';

revoke execute on function comply.try_enter(text, text, uuid) from public;
grant  execute on function comply.try_enter(text, text, uuid)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
