-- Single records are no data sets to a catalog: their table is.
create or replace function comply_private.openlineage_dataset(node text, namespace text)
returns jsonb
language sql
stable
return case
  when split_part(node, ':', 1) in ('record', 'records', 'execution', 'table') then jsonb_build_object(
    'namespace', namespace,
    'name', format('%s.comply.%s', current_database(), case split_part(node, ':', 1)
      when 'table' then substr(node, 7)
      when 'execution' then 'detector_executions'
      else 'storage_records'
    end))
  else jsonb_build_object(
    'namespace', split_part(node, ':', 1),
    'name', substr(node, strpos(node, ':') + 1))
end;

comment on function comply_private.openlineage_dataset(text, text) is
  'Return what a node of the lineage is to a data catalog: a table of this database, or a thing of its kind.';

revoke execute on function comply_private.openlineage_dataset(text, text) from public;
