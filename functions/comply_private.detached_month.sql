create or replace function comply_private.detached_month(table_name text, month timestamptz)
returns text
language sql
stable
begin atomic
  select format('comply_private.%I', detached_month.table_name
    || to_char(detached_month.month at time zone 'UTC', '_YYYY_MM'));
end;

comment on function comply_private.detached_month(text, timestamptz) is
  'Return the name of a month that is out of its table, or is about to take its place.';

revoke execute on function comply_private.detached_month(text, timestamptz) from public;
