-- No lock is taken: a partition that comes or goes after this was read is found by the next refresh. One that was
-- dropped a moment ago may still be seen, but no longer what months it had.
create or replace function comply_private.stale_rollup_months()
returns table (month timestamptz, partition bigint, filenode bigint)
language sql
stable
set row_security = on
begin atomic
  select coalesce(p.month, m.month), p.partition, p.filenode
  from (
    select r.month, r.partition, r.filenode
    from (
      select
        lower(comply_private.partition_range(i.inhrelid)) as month,
        c.oid::bigint as partition,
        c.relfilenode::bigint as filenode
      from pg_catalog.pg_inherits as i
      join pg_catalog.pg_class as c on c.oid = i.inhrelid
      where i.inhparent = 'comply.storage_records'::regclass
      offset 0
    ) as r
    where r.month is not null
  ) as p
  full join comply_private.rollup_months as m on m.month = p.month
  where (p.partition, p.filenode) is distinct from (m.partition, m.filenode);
end;

comment on function comply_private.stale_rollup_months() is
  'Return the months whose partition is not the one that was counted, and the one that is there; null: none is.';

revoke execute on function comply_private.stale_rollup_months() from public;
