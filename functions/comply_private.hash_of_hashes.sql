-- Chunks, as comply_private.content_of() has them.
create or replace function comply_private.hash_of_hashes(row_hashes bytea)
returns bytea
language sql
immutable
parallel safe
begin atomic
  select sha256(coalesce(
    string_agg(sha256(substring(hash_of_hashes.row_hashes from n.chunk_no * 2097152 + 1 for 2097152)), ''
               order by n.chunk_no),
    ''))
  from generate_series(0, (octet_length(hash_of_hashes.row_hashes) - 1) / 2097152) as n (chunk_no)
  where octet_length(hash_of_hashes.row_hashes) > 0;
end;

comment on function comply_private.hash_of_hashes(bytea) is
  'Return the content hash of rows whose hashes these are, 32 bytes each, by timestamp and id.';

revoke execute on function comply_private.hash_of_hashes(bytea) from public;
