-- Counts the rows of every tenant, which callers cannot, so it has the owner's rights; it shows none of them.
create or replace function comply.retention_plan(as_of timestamptz default null)
returns table (
  table_name     text,
  month          timestamptz,
  tenant         text,
  verdict        text,
  covers_from    timestamptz,
  covers_until   timestamptz,
  row_count      bigint,
  reason         text,
  rule           text,
  hold           text,
  action         text,
  needs_approval boolean,
  basis          text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select j.*
  from comply_private.judged_months(coalesce(retention_plan.as_of, comply.now())) as j;
end;
$$;

comment on function comply.retention_plan(timestamptz) is
  'Return what retention would do at a time, by default now: of each month older than the shortest rule, for each '
  'tenant in it, KEEP, DROP, REWRITE or BATCH, with how many rows, why, by which rule, and the hold that keeps '
  'them. Changes nothing.';

revoke execute on function comply.retention_plan(timestamptz) from public;
grant  execute on function comply.retention_plan(timestamptz) to comply_auditor, comply_admin, comply_operator;
