create or replace function comply_private.count_rows(
  table_name text,
  tenant     text,
  since      timestamptz,
  until      timestamptz
)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_rows bigint;
begin
  execute format(
    $q$
      select count(*)
      from comply.%I as r
      where r.tenant_id = $1
        and r."timestamp" >= $2
        and r."timestamp" < $3
    $q$,
    count_rows.table_name)
  into v_rows
  using count_rows.tenant, count_rows.since, count_rows.until;
  return v_rows;
end;
$$;

comment on function comply_private.count_rows(text, text, timestamptz, timestamptz) is
  'Return how many rows of a table a tenant has from one time until before another.';

revoke execute on function comply_private.count_rows(text, text, timestamptz, timestamptz) from public;
