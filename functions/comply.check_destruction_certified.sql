-- Reads certificates of every tenant, which some callers may not, so it has the owner's rights. That a
-- certificate is as it was written is for records_match_trail to say, and that nothing went without one as
-- well.
create or replace function comply.check_destruction_certified()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  with slice as (
    select
      i.table_name,
      i.month,
      s.tenant_id,
      s.row_count,
      c.certificates,
      c.incomplete
    from comply.retention_items as i
    join comply.retention_slices as s on s.item_id = i.id
    cross join lateral (
      select
        count(*) as certificates,
        count(*) filter (
          where coalesce(d.rule, d.verdict, d.planned_by, d.hold_checked_at::text) is null
             or d.rows_destroyed = 0
             or (s.action = 'archive' and d.archive_ids is null)) as incomplete
      from comply.destruction_certificates as d
      where d.tenant_id = s.tenant_id
        and d.item_id = i.id
        and d.covers_from = s.covers_from
    ) as c
    where i.state = 'dropped'
      and s.row_count > 0
  )
  select f.*
  from (
    select
      s.table_name,
      s.tenant_id,
      'fail' as status,
      jsonb_build_object(
        'without_certificate', count(*) filter (where s.certificates = 0),
        'incomplete', count(*) filter (where s.incomplete > 0),
        'rows', sum(s.row_count),
        'oldest', min(s.month)) as observed
    from slice as s
    where s.certificates = 0
       or s.incomplete > 0
    group by s.table_name, s.tenant_id
    union all
    select
      s.table_name,
      null,
      'pass',
      jsonb_build_object('certificates', sum(s.certificates), 'rows', sum(s.row_count))
    from slice as s
    where s.certificates > 0
      and s.incomplete = 0
    group by s.table_name
  ) as j
  cross join lateral comply_private.finding(
    'destruction_certified', j.status, j.table_name,
    'a certificate of each slice, with its rule, who planned it, when holds were looked for, and its archive',
    j.observed, j.tenant_id) as f
  order by j.table_name, j.tenant_id nulls first;

  if not found then
    return next comply_private.finding(
      'destruction_certified', 'na', 'certificates', 'a certificate of each slice', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_destruction_certified() is
  'Return of each table and tenant of which retention destroyed rows whether there is a certificate of all '
  'of it.';

revoke execute on function comply.check_destruction_certified() from public;
grant  execute on function comply.check_destruction_certified() to comply_auditor, comply_admin, comply_operator;
