create or replace function comply_private.write_access(tenant_id text, table_name text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform comply_private.log_access(
    write_access.tenant_id, write_access.table_name,
    coalesce(left(comply_private.without_literals(left(current_query(), 2000)), 1000), ''));
end;
$$;

comment on function comply_private.write_access(text, text) is
  'Log that the running statement reads a table: a line in the server''s log, a row in comply.access_log. '
  'Raises PC210.';

revoke execute on function comply_private.write_access(text, text) from public;
