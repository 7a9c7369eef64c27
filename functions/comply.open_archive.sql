-- Hashes rows that some callers cannot read, so it has the owner's rights; it returns none of them but the first and
-- the last key. Call it in the transaction that reads the rows, at REPEATABLE READ, so that it hashes what is read.
create or replace function comply.open_archive(
  table_name   text,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz
)
returns table (
  row_count          bigint,
  content_hash       bytea,
  first_key          jsonb,
  last_key           jsonb,
  columns            text[],
  column_types       text[],
  schema_fingerprint bytea,
  key_ids            uuid[],
  selection          text,
  archive_id         uuid,
  verified_at        timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_table regclass := comply_private.archived_table(open_archive.table_name);
begin
  perform comply_private.check_span(open_archive.covers_from, open_archive.covers_until);

  select c.row_count, c.content_hash, c.first_key, c.last_key
  into row_count, content_hash, first_key, last_key
  from comply_private.content_of(
    v_table, open_archive.tenant_id, open_archive.covers_from, open_archive.covers_until) as c;

  columns := comply_private.archived_columns(v_table);

  select array_agg(format_type(a.atttypid, a.atttypmod) order by u.position)
  into column_types
  from unnest(columns) with ordinality as u (name, position)
  join pg_attribute as a on a.attrelid = v_table and a.attname = u.name;

  schema_fingerprint := comply_private.schema_fingerprint(columns, column_types);
  key_ids := comply_private.archived_key_ids(
    v_table, open_archive.tenant_id, open_archive.covers_from, open_archive.covers_until);

  selection := comply_private.archive_selection(
    v_table, open_archive.tenant_id, open_archive.covers_from, open_archive.covers_until);

  -- The newest of the same rows, so that a run which was cut off is continued where it ended.
  select a.id, a.verified_at
  into archive_id, verified_at
  from comply.archives as a
  where a.tenant_id = open_archive.tenant_id
    and a.table_name = open_archive.table_name
    and a.covers_from = open_archive.covers_from
    and a.covers_until = open_archive.covers_until
    and a.content_hash = open_archive.content_hash
    and a.schema_fingerprint = open_archive.schema_fingerprint
    and a.purged_at is null
  order by a.verified_at desc nulls last, a.archived_at desc
  limit 1;

  return next;
end;
$$;

comment on function comply.open_archive(text, text, timestamptz, timestamptz) is
  'Say what an archive of a tenant''s rows of a span has to have, the query that selects it, and the archive that '
  'has it already. Raises PC311, PC312.';

revoke execute on function comply.open_archive(text, text, timestamptz, timestamptz) from public;
grant  execute on function comply.open_archive(text, text, timestamptz, timestamptz) to comply_admin, comply_operator;
