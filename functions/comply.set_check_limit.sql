-- Writes limits, which callers cannot, so it has the owner's rights: nobody chooses who set one.
create or replace function comply.set_check_limit(
  check_id text,
  basis    text,
  span     interval default null,
  amount   bigint default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_limit comply.check_limits := comply_private.check_limit(set_check_limit.check_id);
begin
  if v_limit.check_id is null
     or coalesce(set_check_limit.span::text, set_check_limit.amount::text) is null
     or (set_check_limit.span is not null and v_limit.span is null)
     or (set_check_limit.amount is not null and v_limit.amount is null)
  then
    raise exception 'check % is not measured by that', quote_nullable(set_check_limit.check_id)
      using errcode = 'PC605',
            hint    = 'See comply.check_limits: pass a span or an amount where the check has one.';
  end if;

  update comply.check_limits as l
  set span = coalesce(set_check_limit.span, l.span),
      amount = coalesce(set_check_limit.amount, l.amount),
      basis = set_check_limit.basis,
      set_by = session_user,
      set_at = comply.now()
  where l.check_id = set_check_limit.check_id
    and (l.span, l.amount, l.basis) is distinct from (
      coalesce(set_check_limit.span, l.span), coalesce(set_check_limit.amount, l.amount), set_check_limit.basis);

  return found;
end;
$$;

comment on function comply.set_check_limit(text, text, interval, bigint) is
  'Set the span or the amount by which a check measures, and the law, the contract or the decision that says so. True '
  'if this call changed it. Idempotent. Raises PC605.';

revoke execute on function comply.set_check_limit(text, text, interval, bigint) from public;
grant  execute on function comply.set_check_limit(text, text, interval, bigint) to comply_admin;
