-- Looks at items that callers may not all see, so it has the owner's rights; they have no row of a tenant.
create or replace function comply.sample_duties_separated(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select
    null::text,
    i.id::text,
    i.finished_at,
    jsonb_build_object(
      'table', i.table_name, 'month', to_char(i.month at time zone 'UTC', 'YYYY-MM'), 'verdict', i.verdict,
      'planned_by', i.planned_by, 'approved_by', i.approved_by, 'executed_by', i.executed_by)
  from comply.retention_items as i
  where i.needs_approval
    and i.state = 'dropped'
  order by comply_private.sample_rank(i.id::text, sample_duties_separated.seed)
  limit sample_duties_separated.sample_size;
end;
$$;

comment on function comply.sample_duties_separated(integer, integer) is
  'Draw so many months that were destroyed with approval, with who planned, approved and executed it. The same seed '
  'draws the same.';

revoke execute on function comply.sample_duties_separated(integer, integer) from public;
grant  execute on function comply.sample_duties_separated(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
