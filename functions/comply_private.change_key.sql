-- What changed, in one text: operation, table, columns. Null for new rows of the tables that grow by the
-- thousand, which therefore pay nothing for its index; a star for more columns than fit into one.
create or replace function comply_private.change_key(
  table_name text,
  operation  text,
  old_values jsonb,
  new_values jsonb
)
returns text
language sql
immutable
parallel safe
begin atomic
  select case
    when change_key.operation = 'UPDATE' then
      'UPDATE ' || change_key.table_name || ' ' || (
        select case
          when sum(octet_length(c.name) + 1) > 1000 then '*'
          else coalesce(string_agg(c.name, ',' order by c.position), '')
        end
        from unnest(comply.changed_columns('UPDATE', change_key.old_values, change_key.new_values))
          with ordinality as c (name, position)
      )
    when change_key.operation <> 'INSERT'
      or change_key.table_name not in ('storage_records', 'detector_executions', 'model_metrics')
    then change_key.operation || ' ' || change_key.table_name
  end;
end;

comment on function comply_private.change_key(text, text, jsonb, jsonb) is
  'Return what comply.audit_trail.change says of a row, by which comply.audit_search() finds what is rare.';

revoke execute on function comply_private.change_key(text, text, jsonb, jsonb) from public;
