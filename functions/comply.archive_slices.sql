-- Lists tenants, which callers cannot, so it has the owner's rights. By a loose scan of the key: a month of many rows
-- has few tenants. Tables whose key does not begin so are scanned.
create or replace function comply.archive_slices(table_name text, month timestamptz, tenant_id text default null)
returns table (tenant text, covers_from timestamptz, covers_until timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_table regclass := comply_private.archived_table(archive_slices.table_name);
  v_from  timestamptz := date_trunc('month', archive_slices.month);
begin
  return query execute format(
    $q$
      with recursive tenants (tenant) as (
        (
          select t.tenant_id
          from %1$s as t
          where t."timestamp" >= $1
            and t."timestamp" < $2
          order by t.tenant_id
          limit 1
        )
        union all
        select n.tenant_id
        from tenants as s
        cross join lateral (
          select t.tenant_id
          from %1$s as t
          where t.tenant_id > s.tenant
            and t."timestamp" >= $1
            and t."timestamp" < $2
          order by t.tenant_id
          limit 1
        ) as n
      )
      select s.tenant, $1, $2
      from tenants as s
      where $3 is null
         or s.tenant = $3
      order by s.tenant
    $q$,
    v_table)
  using v_from, v_from + interval '1 month', archive_slices.tenant_id;
end;
$$;

comment on function comply.archive_slices(text, timestamptz, text) is
  'Return the tenants that have rows in a month of a table, or one of them, and the span. Raises PC311.';

revoke execute on function comply.archive_slices(text, timestamptz, text) from public;
grant  execute on function comply.archive_slices(text, timestamptz, text) to comply_admin, comply_operator;
