-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_access_reviewed()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_reviewed_at timestamptz;
  v_added       bigint;
  v_removed     bigint;
begin
  select v.reviewed_at
  into v_reviewed_at
  from comply_private.access_reviews as v
  order by v.reviewed_at desc
  limit 1;

  select
    count(*) filter (where c.change = 'added'),
    count(*) filter (where c.change = 'removed')
  into v_added, v_removed
  from comply.access_changes() as c;

  return next comply_private.finding(
    'access_reviewed',
    case
      when v_reviewed_at is null then 'manual'
      when v_reviewed_at < comply.now() - interval '92 days' or v_added > 0 or v_removed > 0 then 'fail'
      else 'pass'
    end,
    'who may do what',
    'reviewed within 92 days, and nothing given or taken away since',
    jsonb_build_object('reviewed_at', v_reviewed_at, 'added', v_added, 'removed', v_removed));
end;
$$;

comment on function comply.check_access_reviewed() is
  'Check that somebody reviewed who may do what within a quarter, and that it is the same since.';

revoke execute on function comply.check_access_reviewed() from public;
grant  execute on function comply.check_access_reviewed() to comply_auditor, comply_admin, comply_operator;
