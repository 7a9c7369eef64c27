-- A queue that nobody empties is read to its end: then counting is as slow as it would be without rollups.
create or replace function comply_private.is_counted_month(month timestamptz)
returns boolean
language sql
stable
set row_security = on
begin atomic
  select
    exists (
      select
      from comply_private.rollup_months as m
      join pg_catalog.pg_class as c on c.oid::bigint = m.partition
                                   and c.relfilenode::bigint = m.filenode
      join pg_catalog.pg_inherits as i on i.inhrelid = c.oid
                                      and i.inhparent = 'comply.storage_records'::regclass
      where m.month = is_counted_month.month
    )
    and not exists (
      select
      from comply_private.rollup_changes as r
      where r.hour >= is_counted_month.month
        and r.hour < is_counted_month.month + interval '1 month'
    );
end;

comment on function comply_private.is_counted_month(timestamptz) is
  'Return if rollups tell of each record of a month, so that nobody has to count them.';

revoke execute on function comply_private.is_counted_month(timestamptz) from public;
