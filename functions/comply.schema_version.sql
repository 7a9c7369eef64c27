-- comply: bootstrap
-- Reads the deployment history, which callers cannot, so it has the owner's rights.
create or replace function comply.schema_version()
returns integer
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return (
    select max(m.version)
    from comply_private.schema_migrations as m
    where m.status = 'applied'
  );
end;
$$;

comment on function comply.schema_version() is
  'Return the number of the last schema file that is applied, as are all before it; null if none was recorded.';

revoke execute on function comply.schema_version() from public;
grant  execute on function comply.schema_version()
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
