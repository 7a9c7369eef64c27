-- manifest: an array of {path, checksum} in the order of schema/install.sql, checksums in hex. Verdicts:
-- applied, pending, changed, resume; edited, renamed, missing, out_of_order, which nothing but a person
-- resolves; and retired, for a repeatable file that is no longer there.
create or replace function comply_private.judge_manifest(manifest jsonb)
returns table (path text, verdict text, applied_as text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with line as (
    select f.path, f.checksum, f.position, substring(f.path from '^schema/(\d+)__')::integer as version
    from rows from (
      jsonb_to_recordset(judge_manifest.manifest) as (path text, checksum text)
    ) with ordinality as f (path, checksum, position)
  ), judged as (
    select
      l.position,
      l.path,
      case
        when m.status in ('running', 'partial') then 'resume'
        when m.checksum = decode(l.checksum, 'hex') then 'applied'
        when m.path is not null and l.version is null then 'changed'
        when m.path is not null then 'edited'
        when r.path is not null then 'renamed'
        when l.version < (
          select max(x.version)
          from comply_private.schema_migrations as x
        ) then 'out_of_order'
        else 'pending'
      end as verdict,
      coalesce(m.path, r.path) as applied_as
    from line as l
    left join comply_private.schema_migrations as m on m.path = l.path
    left join comply_private.schema_migrations as r on r.version = l.version
    union all
    select
      null,
      m.path,
      case when m.version is null then 'retired' else 'missing' end,
      m.path
    from comply_private.schema_migrations as m
    where not exists (select from line as l where l.path = m.path or l.version = m.version)
  )
  select j.path, j.verdict, j.applied_as
  from judged as j
  order by j.position;
end;
$$;

comment on function comply_private.judge_manifest(jsonb) is
  'Return for each file of a manifest, and each deployed file that it lacks, how it stands to the database.';

revoke execute on function comply_private.judge_manifest(jsonb) from public;
