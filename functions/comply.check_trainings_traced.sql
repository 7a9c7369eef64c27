-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_trainings_traced()
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
    'trainings_traced',
    'what it was made of is on record',
    'models and snapshots',
    array(
      select (
        g.node,
        u.used > 0,
        jsonb_build_object('activity', g.activity, 'used', u.used),
        nullif(g.tenant_id, '_system')
      )::comply_private.judged
      from comply.lineage_events as g
      cross join lateral (
        select count(*)
        from comply.lineage_events as e
        where e.tenant_id = g.tenant_id
          and e.activity_id = g.activity_id
          and e.relation = 'used'
          and e.source ~ '^(record|records|table|archive|restore|file|snapshot|dataset):'
      ) as u (used)
      where g.relation = 'wasGeneratedBy'
        and g.node ~ '^(model|snapshot):'
    )) as f;
end;
$$;

comment on function comply.check_trainings_traced() is
  'Check that each model or snapshot that was recorded as made has its data on record as well.';

revoke execute on function comply.check_trainings_traced() from public;
grant  execute on function comply.check_trainings_traced() to comply_auditor, comply_admin, comply_operator;
