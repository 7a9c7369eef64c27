-- With a hash the statement is done; without one it has failed, and the file stays half-way.
create or replace function comply_private.end_statement(path text, hash bytea default null)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply_private.schema_migrations as m
  set in_flight = null,
      status = case when end_statement.hash is null then 'partial' else m.status end,
      statements_done = m.statements_done + case when end_statement.hash is null then 0 else 1 end,
      done_hashes = case
        when end_statement.hash is null then m.done_hashes
        else m.done_hashes || end_statement.hash
      end
  where m.path = end_statement.path;
end;
$$;

comment on function comply_private.end_statement(text, bytea) is
  'Note that the statement in flight is done or, without a hash, that it failed.';

revoke execute on function comply_private.end_statement(text, bytea) from public;
