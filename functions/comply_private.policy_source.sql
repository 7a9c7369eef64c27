-- The standard policies of a table with tenant_id, in one place; policies/ has them spelled out, and a test
-- holds the two together. Which ones a table gets follows from its grants. A sub-select, so that the tenant is
-- read once a statement; a distributed table refuses one, so mode distributed compares with the setting itself. One
-- policy lets a role in and one keeps it inside, in the same words, which PostgreSQL takes for one condition: with two
-- that let it in, the tenant is read twice, and compared with itself for each month.
create or replace function comply_private.policy_source(table_name regclass, mode text default 'local')
returns table (policy_name text, definition text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_name       text;
  v_match      text;
  v_is_written boolean;
  v_readers    text;
begin
  v_match := case policy_source.mode
    when 'local' then 'tenant_id = (select comply.current_tenant())'
    when 'distributed' then $q$tenant_id = nullif(current_setting('comply.tenant_id', true), '')$q$
  end;

  if v_match is null then
    raise exception 'mode % makes no policies', quote_nullable(policy_source.mode)
      using errcode = 'PC107',
            hint    = 'Pass local or distributed.';
  end if;

  select c.relname
  into v_name
  from pg_class as c
  where c.oid = policy_source.table_name;

  v_is_written := has_any_column_privilege('comply_app', policy_source.table_name, 'insert, update')
    or has_table_privilege('comply_app', policy_source.table_name, 'delete');
  v_readers := case when v_is_written then 'comply_reader' else 'comply_app, comply_reader' end;

  return query
  select
    v_name || s.suffix,
    format(E'create policy %I\n  on %s\n%s', v_name || s.suffix, policy_source.table_name, s.body)
  from (
    values
      (1, '_tenant_reads', has_table_privilege('comply_app', policy_source.table_name, 'select'),
       format(E'  for select\n  to %s\n  using (%s);', v_readers, v_match)),
      (2, '_tenant_writes', v_is_written,
       format(E'  for all\n  to comply_app\n  using (%1$s)\n  with check (%1$s);', v_match)),
      (3, '_tenant_floor', true,
       format(E'  as restrictive\n  for all\n  to comply_app, comply_reader\n  using (%1$s)\n  with check (%1$s);',
              v_match)),
      (4, '_admin_all', has_table_privilege('comply_admin', policy_source.table_name, 'select'),
       E'  for all\n  to comply_admin\n  using (true)\n  with check (true);'),
      (5, '_owner_all', true,
       E'  for all\n  to comply_owner\n  using (true)\n  with check (true);'),
      (6, '_auditor_reads', has_table_privilege('comply_auditor', policy_source.table_name, 'select'),
       E'  for select\n  to comply_auditor\n  using (true);')
  ) as s (position, suffix, is_wanted, body)
  where s.is_wanted
  order by s.position;
end;
$$;

comment on function comply_private.policy_source(regclass, text) is
  'Return the statements that make the policies of a tenant table, local or distributed. Raises PC107.';

revoke execute on function comply_private.policy_source(regclass, text) from public;
