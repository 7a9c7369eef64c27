-- Reads the trail of every tenant, which some callers may not, so it has the owner's rights; it shows keys and
-- names. The rows are drawn by their ids alone, before anything is made of them.
create or replace function comply.sample_privileged_activity(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit    interval := (comply_private.check_limit('privileged_activity')).span;
  v_ordinary text[] := array(
    select r.role_name
    from comply.privileged_roles() as r
    where r.reason is null
  );
begin
  return query
  select
    a.tenant_id,
    a.id::text,
    a."timestamp",
    jsonb_strip_nulls(jsonb_build_object(
      'operation', a.operation,
      'table', a.table_name,
      'record_id', a.record_id,
      'changed_columns', comply.changed_columns(a.operation, a.old_values, a.new_values),
      'user_id', a.user_id,
      'active_role', a.active_role,
      'correlation_id', a.correlation_id))
  from (
    select t.tenant_id, t.transaction_id, t.id, t."timestamp"
    from comply.audit_trail as t
    where t."timestamp" >= comply.now() - v_limit
      and (t.user_id <> all (v_ordinary) or t.active_role <> all (v_ordinary))
    order by comply_private.sample_rank(t.id::text, sample_privileged_activity.seed), t.id
    limit sample_privileged_activity.sample_size
  ) as d
  join comply.audit_trail as a
    on a.tenant_id = d.tenant_id
    and a.transaction_id = d.transaction_id
    and a.id = d.id
    and a."timestamp" = d."timestamp"
  order by comply_private.sample_rank(a.id::text, sample_privileged_activity.seed), a.id;
end;
$$;

comment on function comply.sample_privileged_activity(integer, integer) is
  'Return changes of late by privileged logins, for an auditor to ask for the tickets; the same seed draws '
  'the same.';

revoke execute on function comply.sample_privileged_activity(integer, integer) from public;
grant  execute on function comply.sample_privileged_activity(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
