-- Looks at the rights and triggers of all tables, which is the same for every caller: it has the owner's rights
-- because the registry and the names of evidence are read with them.
create or replace function comply.check_evidence_append_only()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  with evidence as (
    select c.oid, c.relname::text as table_name, c.relacl, c.relowner, f.is_final
    from pg_class as c
    cross join lateral (
      select c.relname = any (
        comply_private.evidence_tables() || array['destruction_certificates', 'check_runs', 'findings']) as is_final
    ) as f
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and (
        f.is_final
        or exists (select from pg_trigger as t where t.tgrelid = c.oid and t.tgname = '_100_refuse_change')
      )
  ),
  open_to as (
    select
      e.oid,
      array_agg(distinct format('%s to %s', x.privilege_type, coalesce(r.rolname, 'public'))) as granted
    from evidence as e
    cross join lateral (
      select g.grantee, g.privilege_type
      from aclexplode(e.relacl) as g
      union
      select g.grantee, g.privilege_type
      from pg_attribute as a
      cross join aclexplode(a.attacl) as g
      where a.attrelid = e.oid
    ) as x
    left join pg_roles as r on r.oid = x.grantee
    where x.grantee <> e.relowner
      and x.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
    group by e.oid
  ),
  judged as (
    select
      e.table_name,
      o.granted,
      exists (
        select
        from pg_trigger as t
        where t.tgrelid = e.oid
          and t.tgname = '_100_refuse_change'
          and t.tgenabled = 'A'
          and t.tgqual is null
          and t.tgfoid in (
            'comply_private.tg__refuse()'::regprocedure, 'comply_private.tg_audit_trail__refuse()'::regprocedure)
          -- Before, by statement, whether it deletes or truncates; of what is not completed later, updates as well.
          and t.tgtype & 43 = 42
          and (t.tgtype & 16 = 16 or not e.is_final)
      ) as is_guarded
    from evidence as e
    left join open_to as o on o.oid = e.oid
  )
  select f.*
  from judged as j
  cross join lateral comply_private.finding(
    'evidence_append_only',
    case when j.granted is null and j.is_guarded then 'pass' else 'fail' end,
    j.table_name,
    'nobody is granted UPDATE, DELETE or TRUNCATE, and a trigger refuses them to everybody',
    jsonb_strip_nulls(jsonb_build_object('granted', j.granted, 'guarded', j.is_guarded))) as f
  order by j.table_name;
end;
$$;

comment on function comply.check_evidence_append_only() is
  'Return of each table of evidence whether it can only grow.';

revoke execute on function comply.check_evidence_append_only() from public;
grant  execute on function comply.check_evidence_append_only() to comply_auditor, comply_admin, comply_operator;
