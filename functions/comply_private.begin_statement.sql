create or replace function comply_private.begin_statement(path text, statement text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply_private.schema_migrations as m
  set in_flight = begin_statement.statement
  where m.path = begin_statement.path;
end;
$$;

comment on function comply_private.begin_statement(text, text) is
  'Note the statement of a file without a transaction that is sent next.';

revoke execute on function comply_private.begin_statement(text, text) from public;
