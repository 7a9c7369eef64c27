create or replace function comply_private.head_leaf(tenant_id text, stream text, blocks bigint, root bytea)
returns bytea
language sql
stable
parallel safe
return sha256('\x0003'::bytea || record_send(row(
  1,
  convert_to(head_leaf.tenant_id, 'UTF8'),
  convert_to(head_leaf.stream, 'UTF8'),
  head_leaf.blocks,
  head_leaf.root)));

comment on function comply_private.head_leaf(text, text, bigint, bytea) is
  'Return the hash of a head, a leaf of a checkpoint: the root over the headers of a tenant and stream, version 1.';

revoke execute on function comply_private.head_leaf(text, text, bigint, bytea) from public;
