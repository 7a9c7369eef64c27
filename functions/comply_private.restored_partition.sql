create or replace function comply_private.restored_partition(restore_id uuid)
returns text
language sql
immutable
parallel safe
return 'comply_private.restored_' || replace(restored_partition.restore_id::text, '-', '');

comment on function comply_private.restored_partition(uuid) is 'Return the partition that has the rows of a restore.';

revoke execute on function comply_private.restored_partition(uuid) from public;
