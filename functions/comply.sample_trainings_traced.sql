-- Looks at rows of tenants, which callers may not all see, so it has the owner's rights; it tells keys and
-- times of them.
create or replace function comply.sample_trainings_traced(sample_size integer, seed integer)
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
    nullif(g.tenant_id, '_system'),
    g.node,
    g.happened_at,
    jsonb_build_object(
      'activity', g.source,
      'used', (
        select count(*)
        from comply.lineage_events as e
        where e.tenant_id = g.tenant_id
          and e.activity_id = g.activity_id
          and e.relation = 'used'
      ))
  from comply.lineage_events as g
  where g.relation = 'wasGeneratedBy'
    and g.node ~ '^(model|snapshot):'
  order by comply_private.sample_rank(g.node, sample_trainings_traced.seed), g.id
  limit sample_trainings_traced.sample_size;
end;
$$;

comment on function comply.sample_trainings_traced(integer, integer) is
  'Draw so many models and snapshots that were recorded as made, with how much each was made of. The same '
  'seed draws the same.';

revoke execute on function comply.sample_trainings_traced(integer, integer) from public;
grant  execute on function comply.sample_trainings_traced(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
