-- A first look, that need not ask for every tenant: no rule ends before the first or after the second. Times are
-- compared and not spans, of which PostgreSQL has 362 days as longer than a year. Evidence that no rule names is kept
-- for ever, whatever bounds there are. In PL/pgSQL, which keeps its plan from one month to the next.
create or replace function comply_private.keep_span(
  table_name   text,
  until        timestamptz,
  out earliest timestamptz,
  out latest   timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_is_rows boolean := keep_span.table_name <> all (comply_private.evidence_tables());
begin
  select min(keep_span.until + k.keep), max(keep_span.until + k.keep)
  into earliest, latest
  from (
    select p.keep
    from comply.retention_policies as p
    where p.table_name = keep_span.table_name
       or (p.table_name = '*' and v_is_rows)
    union all
    select make_interval(days => unnest(array[min(c.storage_retention_days), max(c.storage_retention_days)]))
    from comply.tenant_configs as c
    where v_is_rows
    union all
    select unnest(array[b.minimum, b.maximum])
    from comply.retention_bounds as b
    where b.table_name in (keep_span.table_name, '*')
      and (
        v_is_rows
        or exists (select from comply.retention_policies as p where p.table_name = keep_span.table_name)
      )
  ) as k (keep);
end;
$$;

comment on function comply_private.keep_span(text, timestamptz) is
  'Return bounds of the time until which any rule keeps rows of a table, of a month that ended at another.';

revoke execute on function comply_private.keep_span(text, timestamptz) from public;
