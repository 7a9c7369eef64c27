-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_decisions_overseen()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'decisions_overseen',
    'a person reviewed each that is older than 30 days',
    'tenants',
    array(
      select (
        r.tenant_id,
        count(*) filter (where not v.is_reviewed) = 0,
        jsonb_build_object('records', count(*), 'without_review', count(*) filter (where not v.is_reviewed)),
        r.tenant_id
      )::comply_private.judged
      from comply.storage_records as r
      cross join lateral (
        select exists (
          select
          from comply.decision_reviews as d
          where d.tenant_id = r.tenant_id
            and d.record_id = r.id
        )
      ) as v (is_reviewed)
      where r."timestamp" >= comply.now() - interval '120 days'
        and r."timestamp" < comply.now() - interval '30 days'
        and r.mapped_data -> 'labels' ? 'OTHER.NeedsReview'
      group by r.tenant_id
    )) as f;
end;
$$;

comment on function comply.check_decisions_overseen() is
  'Check that a person has reviewed each record that a detector left to one, within 30 days: of the last 120 '
  'days.';

revoke execute on function comply.check_decisions_overseen() from public;
grant  execute on function comply.check_decisions_overseen() to comply_auditor, comply_admin, comply_operator;
