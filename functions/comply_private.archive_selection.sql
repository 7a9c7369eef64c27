-- The rows of an archive in the order in which it has them; where timestamp and id are there twice, in any.
create or replace function comply_private.archive_selection(
  relation     regclass,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz
)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
begin
  return (
    select format(
      'select %s from %s as t where t.tenant_id = %L and t."timestamp" >= %L and t."timestamp" < %L '
      'order by t."timestamp", t.id',
      string_agg(format('t.%I', c.name), ', ' order by c.position), archive_selection.relation,
      archive_selection.tenant_id, archive_selection.covers_from, archive_selection.covers_until)
    from unnest(comply_private.archived_columns(archive_selection.relation)) with ordinality as c (name, position)
  );
end;
$$;

comment on function comply_private.archive_selection(regclass, text, timestamptz, timestamptz) is
  'Return the query that selects what an archive of a tenant''s rows of a span has.';

revoke execute on function comply_private.archive_selection(regclass, text, timestamptz, timestamptz) from public;
