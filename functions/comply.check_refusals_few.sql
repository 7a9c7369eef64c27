-- Reads the events of every tenant, which some callers may not, so it has the owner's rights; it shows counts
-- and names. Who tries to change evidence is never a service that works as meant. A login that tries tenants in turn is
-- refused by each but a few times, so it is counted over all of them as well, of which no tenant is told.
create or replace function comply.check_refusals_few()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit comply.check_limits := comply_private.check_limit('refusals_few');
begin
  return query
  select f.*
  from comply_private.findings_of(
    'refusals_few',
    format('at most %s refusals in %s, and none by evidence (PC002)', v_limit.amount, v_limit.span),
    'logins',
    array(
      select (
        format('%s %s', e.user_id, e.code),
        e.code <> 'PC002' and count(*) <= v_limit.amount,
        jsonb_strip_nulls(jsonb_build_object(
          'events', count(*),
          'first_at', min(e."timestamp"),
          'last_at', max(e."timestamp"),
          'tables', array_agg(distinct e.table_name) filter (where e.table_name is not null))),
        nullif(e.tenant_id, '_system')
      )::comply_private.judged
      from comply.security_events as e
      where e."timestamp" >= comply.now() - v_limit.span
      group by e.tenant_id, e.user_id, e.code
      union all
      select (
        format('%s %s by all tenants', e.user_id, e.code),
        count(*) <= v_limit.amount,
        jsonb_build_object('events', count(*), 'tenants', count(distinct e.tenant_id)),
        null
      )::comply_private.judged
      from comply.security_events as e
      where e."timestamp" >= comply.now() - v_limit.span
      group by e.user_id, e.code
      having count(distinct e.tenant_id) > 1
    )) as f;
end;
$$;

comment on function comply.check_refusals_few() is
  'Return of each tenant, login and SQLSTATE how often something was refused of late, and whether that is '
  'often.';

revoke execute on function comply.check_refusals_few() from public;
grant  execute on function comply.check_refusals_few() to comply_auditor, comply_admin, comply_operator;
