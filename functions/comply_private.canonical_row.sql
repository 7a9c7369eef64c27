-- Text of a row and not of a document: half the time of to_jsonb(), and less for somebody else to get right. By name,
-- so that the order in which a table has its columns, or a caller names them, changes nothing.
create or replace function comply_private.canonical_row(alias text, columns text[])
returns text
language sql
immutable
parallel safe
begin atomic
  select format('row(%s)::text', string_agg(format('%I.%I', canonical_row.alias, c.name), ', ' order by c.name collate "C"))
  from unnest(canonical_row.columns) as c (name);
end;

comment on function comply_private.canonical_row(text, text[]) is
  'Return the expression whose text is hashed for a row: its columns by name, as text, under the settings that '
  'comply_private.content_of() has.';

revoke execute on function comply_private.canonical_row(text, text[]) from public;
