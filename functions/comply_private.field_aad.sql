-- Where a field is, each part after its length, so that no two places join to the same bytes. Stable, as convert_to()
-- is: else it would not be inlined, which takes three microseconds.
create or replace function comply_private.field_aad(tenant_id text, table_name text, column_name text, record_id uuid)
returns bytea
language sql
stable
parallel safe
return
  int8send(octet_length(tenant_id)) || convert_to(tenant_id, 'UTF8')
  || int8send(octet_length(table_name) + 7) || convert_to('comply.' || table_name, 'UTF8')
  || int8send(octet_length(column_name)) || convert_to(column_name, 'UTF8')
  || int8send(36) || convert_to(record_id::text, 'UTF8');

comment on function comply_private.field_aad(text, text, text, uuid) is
  'Return the bytes that bind an envelope to its tenant, table, column and row.';

revoke execute on function comply_private.field_aad(text, text, text, uuid) from public;
