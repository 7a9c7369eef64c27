-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. A login that inherits neither
-- role takes on both by SET ROLE; from version 16 on, who may only grant a role may not.
create or replace function comply.check_duties_separated()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_may text := case when current_setting('server_version_num')::integer >= 160000 then 'usage, set' else 'member' end;
begin
  return query
  select f.*
  from comply_private.findings_of(
    'duties_separated',
    'who approves neither plans nor executes; who audits does not administer',
    'approvals and auditors',
    array(
      select (
        format('retention item %s', i.id),
        coalesce(i.approved_by <> i.planned_by and i.approved_by is distinct from i.executed_by, false),
        jsonb_build_object(
          'planned_by', i.planned_by, 'approved_by', i.approved_by, 'executed_by', i.executed_by),
        null
      )::comply_private.judged
      from comply.retention_items as i
      where i.needs_approval
        and i.state = 'dropped'
        and i.finished_at >= comply.now() - interval '1 year'
      union all
      select (
        r.rolname,
        not pg_has_role(r.oid, 'comply_admin', v_may),
        jsonb_build_object('is_auditor', true, 'is_admin', pg_has_role(r.oid, 'comply_admin', v_may)),
        null
      )::comply_private.judged
      from pg_roles as r
      where r.rolcanlogin
        and not r.rolsuper
        and pg_has_role(r.oid, 'comply_auditor', v_may)
    )) as f;
end;
$$;

comment on function comply.check_duties_separated() is
  'Check that what was destroyed with approval within a year was approved by another login than planned and '
  'executed it, and that no login is auditor and administrator.';

revoke execute on function comply.check_duties_separated() from public;
grant  execute on function comply.check_duties_separated() to comply_auditor, comply_admin, comply_operator;
