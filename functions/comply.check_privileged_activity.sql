-- Reads the trail of every tenant, which some callers may not, so it has the owner's rights; it shows counts
-- and names. A database cannot know who was meant to do what: an administrator is one by name, a login above
-- the policies has to be explained by a person, and one that is gone can be asked by nobody. Reads the trail of
-- the span once.
create or replace function comply.check_privileged_activity()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit interval := (comply_private.check_limit('privileged_activity')).span;
begin
  return query
  with done as materialized (
    select
      a.user_id,
      a.active_role,
      a.table_name,
      a.tenant_id,
      count(*) as changes,
      max(a."timestamp") as last_at
    from comply.audit_trail as a
    where a."timestamp" >= comply.now() - v_limit
    group by a.user_id, a.active_role, a.table_name, a.tenant_id
  ),
  privileged as (
    select
      d.*,
      u.role_name is null as is_gone,
      coalesce(u.reason, 'no service') as user_reason,
      case when d.active_role is not null then coalesce(r.reason, 'no service') end as role_reason
    from done as d
    left join comply.privileged_roles() as u on u.role_name = d.user_id
    left join comply.privileged_roles() as r on r.role_name = d.active_role
    where u.role_name is null
       or u.reason is not null
       or (d.active_role is not null and (r.role_name is null or r.reason is not null))
  ),
  login as (
    select
      p.user_id,
      bool_or(p.is_gone) as is_gone,
      bool_or(
        array[p.user_reason, p.role_reason]
        && array['superuser', 'bypasses row security', 'member of comply_owner', 'may grant roles']) as is_above,
      array_agg(distinct p.role_reason) filter (where p.role_reason is not null) as role_reasons,
      min(p.user_reason) as user_reason,
      sum(p.changes) as changes,
      count(distinct p.tenant_id) as tenants,
      array_agg(distinct p.table_name) as tables,
      max(p.last_at) as last_at
    from privileged as p
    group by p.user_id
  )
  select f.*
  from login as l
  cross join lateral comply_private.finding(
    'privileged_activity',
    case when l.is_gone then 'fail' when l.is_above then 'manual' else 'pass' end,
    l.user_id,
    format('in %s no login that is gone, and none above the policies that nobody can explain', v_limit),
    jsonb_strip_nulls(jsonb_build_object(
      'login', case when l.is_gone then 'is gone' else l.user_reason end,
      'taken_on', l.role_reasons,
      'changes', l.changes,
      'tenants', l.tenants,
      'tables', l.tables,
      'last_at', l.last_at))) as f
  order by l.user_id;

  if not found then
    return next comply_private.finding(
      'privileged_activity', 'na', 'logins', format('in %s no login that is gone', v_limit), '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_privileged_activity() is
  'Return of each privileged login that changed rows of tenants of late how much it did, and whether it can '
  'be asked.';

revoke execute on function comply.check_privileged_activity() from public;
grant  execute on function comply.check_privileged_activity() to comply_auditor, comply_admin, comply_operator;
