create or replace function comply_private.schema_fingerprint(columns text[], column_types text[])
returns bytea
language sql
stable
begin atomic
  select sha256(convert_to(jsonb_agg(jsonb_build_array(c.name, c.type) order by c.position)::text, 'UTF8'))
  from unnest(schema_fingerprint.columns, schema_fingerprint.column_types) with ordinality as c (name, type, position);
end;

comment on function comply_private.schema_fingerprint(text[], text[]) is
  'Return a hash over the names and types of columns, in their order.';

revoke execute on function comply_private.schema_fingerprint(text[], text[]) from public;
