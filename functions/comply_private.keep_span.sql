-- A first look, that need not ask for every tenant: no rule keeps shorter than the first or longer than the second.
create or replace function comply_private.keep_span(table_name text, out shortest interval, out longest interval)
language sql
stable
set row_security = on
begin atomic
  select min(k.keep), max(k.keep)
  from (
    select p.keep
    from comply.retention_policies as p
    where p.table_name in (keep_span.table_name, '*')
    union all
    select make_interval(days => c.storage_retention_days)
    from comply.tenant_configs as c
    where keep_span.table_name <> all (comply_private.evidence_tables())
    union all
    select unnest(array[b.minimum, b.maximum])
    from comply.retention_bounds as b
    where b.table_name in (keep_span.table_name, '*')
  ) as k (keep);
end;

comment on function comply_private.keep_span(text) is
  'Return bounds of how long any rule keeps rows of a table.';

revoke execute on function comply_private.keep_span(text) from public;
