create or replace function comply_private.chunks_hash(tenant_id text, archive_id uuid)
returns table (object_hash bytea, object_bytes bigint)
language sql
stable
begin atomic
  select
    sha256(coalesce(string_agg(sha256(convert_to(c.lines, 'UTF8')), '' order by c.chunk_no), '')),
    coalesce(sum(octet_length(convert_to(c.lines, 'UTF8'))), 0)
  from comply_private.archived_rows as c
  where c.tenant_id = chunks_hash.tenant_id
    and c.archive_id = chunks_hash.archive_id;
end;

comment on function comply_private.chunks_hash(text, uuid) is
  'Return a hash over the chunks of an archive that is in the database, and how many bytes they are.';

revoke execute on function comply_private.chunks_hash(text, uuid) from public;
