create or replace function comply_private.stream_months(stream text)
returns setof timestamptz
language sql
stable
set row_security = on
begin atomic
  select date_trunc('month', b.period, 'UTC')
  from comply.ledger_blocks as b
  where b.stream = stream_months.stream
  union
  select lower(comply_private.partition_range(i.inhrelid))
  from pg_catalog.pg_inherits as i
  where i.inhparent = to_regclass('comply.' || stream_months.stream);
end;

comment on function comply_private.stream_months(text) is
  'Return the months that a stream has blocks of, or a partition for.';

revoke execute on function comply_private.stream_months(text) from public;
