create or replace function comply_private.names_only(image jsonb)
returns jsonb
language sql
immutable
parallel safe
begin atomic
  select jsonb_object_agg(k.name, null)
  from jsonb_object_keys(names_only.image) as k (name);
end;

comment on function comply_private.names_only(jsonb) is 'Return an object with the same keys and null values.';

revoke execute on function comply_private.names_only(jsonb) from public;
