-- A line of the server's log is not undone by a ROLLBACK. PostgreSQL adds the statement that was running,
-- with its literals, unless log_min_error_statement is fatal; where the owner was granted to set that, it is
-- for this one line.
create or replace function comply_private.log_line(marker text, content jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_level text;
begin
  if has_parameter_privilege('log_min_error_statement', 'set') then
    v_level := current_setting('log_min_error_statement');
    perform set_config('log_min_error_statement', 'panic', true);
    raise log '% %', log_line.marker, log_line.content;
    perform set_config('log_min_error_statement', v_level, true);
  else
    raise log '% %', log_line.marker, log_line.content;
  end if;
end;
$$;

comment on function comply_private.log_line(text, jsonb) is
  'Write one line into the server''s log: a marker to search for, then one JSON object.';

revoke execute on function comply_private.log_line(text, jsonb) from public;
