-- What changed, in one text: operation, table, columns. Null for new rows of the tables that grow by the
-- thousand, which therefore pay nothing for its index; a star for more columns than fit into one. PL/pgSQL and no
-- expression: that would be inlined, and planned, for each statement that writes to the trail.
create or replace function comply_private.change_key(
  table_name text,
  operation  text,
  old_values jsonb,
  new_values jsonb
)
returns text
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_columns text;
begin
  if change_key.operation = 'UPDATE' then
    v_columns := array_to_string(
      comply.changed_columns('UPDATE', change_key.old_values, change_key.new_values), ',');

    return concat(
      'UPDATE ', change_key.table_name, ' ',
      case when octet_length(v_columns) >= 1000 then '*' else v_columns end);
  elsif change_key.operation <> 'INSERT'
     or change_key.table_name not in ('storage_records', 'detector_executions', 'model_metrics')
  then
    return concat(change_key.operation, ' ', change_key.table_name);
  end if;

  return null;
end;
$$;

comment on function comply_private.change_key(text, text, jsonb, jsonb) is
  'Return what comply.audit_trail.change says of a row, by which comply.audit_search() finds what is rare.';

revoke execute on function comply_private.change_key(text, text, jsonb, jsonb) from public;
