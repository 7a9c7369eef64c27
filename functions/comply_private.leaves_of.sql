create or replace function comply_private.leaves_of(leaves bytea)
returns table (leaf_no integer, id uuid, hash bytea)
language sql
immutable
parallel safe
begin atomic
  select
    i.n,
    encode(substring(leaves_of.leaves from i.n * 48 + 1 for 16), 'hex')::uuid,
    substring(leaves_of.leaves from i.n * 48 + 17 for 32)
  from pg_catalog.generate_series(0, octet_length(leaves_of.leaves) / 48 - 1) as i (n);
end;

comment on function comply_private.leaves_of(bytea) is 'Return the ids and hashes of a leaf index, in order.';

revoke execute on function comply_private.leaves_of(bytea) from public;
