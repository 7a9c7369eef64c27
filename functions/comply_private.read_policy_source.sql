-- The hooks that log reads, as policies of their own. Restrictive, and not a conjunct of the policy that lets
-- a tenant read: _tenant_writes lets it read as well, the planner takes `(a and b) or a` for `a`, and the
-- hook would be gone. For SELECT only, so an INSERT that returns nothing is no read. In a sub-select, so that
-- it runs once a statement and before the first row.
create or replace function comply_private.read_policy_source(table_name regclass)
returns table (policy_name text, definition text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select
    c.relname || s.suffix,
    format(
      E'create policy %I\n  on %s\n  as restrictive\n  for select\n  to %s\n'
      '  using ((select comply_private.%I(%L)));',
      c.relname || s.suffix, read_policy_source.table_name, s.roles, s.hook, c.relname)
  from pg_class as c
  cross join (
    values
      ('_tenant_reads_noted', 'comply_app, comply_reader', 'note_read'),
      ('_staff_reads_noted', 'comply_admin, comply_auditor', 'note_staff_read')
  ) as s (suffix, roles, hook)
  where c.oid = read_policy_source.table_name;
end;
$$;

comment on function comply_private.read_policy_source(regclass) is
  'Return the statements that make the policies by which reads of a tenant table are logged.';

revoke execute on function comply_private.read_policy_source(regclass) from public;
