-- Counts the rows of every tenant, which callers cannot, so it has the owner's rights; it shows none of them.
create or replace function comply.due_retention()
returns table (
  table_name text,
  month      timestamptz,
  verdict    text,
  state      text,
  row_count  bigint,
  reason     text,
  item_id    uuid
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
  select i.table_name, i.month, i.verdict, i.state, i.rows_expired, i.reason, i.id
  from comply.retention_items as i
  where i.state not in ('dropped', 'refused')
  union all
  select
    j.table_name, j.month, min(j.verdict) filter (where j.verdict <> 'KEEP'), 'new',
    sum(j.row_count) filter (where j.verdict <> 'KEEP')::bigint,
    string_agg(distinct j.reason, '; ' order by j.reason) filter (where j.verdict <> 'KEEP'),
    null
  from comply_private.judged_months(comply.now(), is_new => true) as j
  group by j.table_name, j.month
  having bool_or(j.verdict <> 'KEEP')
  order by 1, 2;
end;
$$;

comment on function comply.due_retention() is
  'Return the months of which something is to be destroyed: those planned with their state, and new ones.';

revoke execute on function comply.due_retention() from public;
grant  execute on function comply.due_retention() to comply_auditor, comply_admin, comply_operator;
