create or replace function comply_private.openlineage_facet(name text, version text, content jsonb)
returns jsonb
language sql
immutable
parallel safe
return jsonb_build_object(
  '_producer', 'urn:comply-db',
  '_schemaURL', format('https://openlineage.io/spec/facets/%1$s/%2$s.json#/$defs/%2$s', version, name)) || content;

comment on function comply_private.openlineage_facet(text, text, jsonb) is
  'Return a facet of OpenLineage with what each has to say of itself.';

revoke execute on function comply_private.openlineage_facet(text, text, jsonb) from public;
