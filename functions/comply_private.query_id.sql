-- Asks for nothing where nothing computes it. The server keeps the first answer for the whole transaction, so
-- it is told to forget it.
create or replace function comply_private.query_id()
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('compute_query_id') not in ('auto', 'on', 'regress')
     or (
       current_setting('compute_query_id') <> 'on'
       and current_setting('pg_stat_statements.max', true) is null
     )
  then
    return null;
  end if;

  perform pg_stat_clear_snapshot();
  return (select a.query_id from pg_stat_get_activity(pg_backend_pid()) as a);
end;
$$;

comment on function comply_private.query_id() is
  'Return the query id of the running statement, or null where none is computed or it may not be seen.';

revoke execute on function comply_private.query_id() from public;
