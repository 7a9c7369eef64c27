begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir faults/policies_as_generated.psql

select is(pg_temp.status_of('policies_as_generated'), 'pass', 'the policies of an installation are the generator''s');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one with another condition fails')
from fault as f;

select is(
  pg_temp.observed_under(
    'policies_as_generated',
    $$ alter policy model_metrics_tenant_reads on comply.model_metrics to comply_app, comply_reader, comply_analyst;
       drop policy model_metrics_tenant_floor on comply.model_metrics;
       create policy model_metrics_guests on comply.model_metrics for select using (true) $$,
    'comply.model_metrics'),
  '{"missing": ["model_metrics_tenant_floor"], "changed": ["model_metrics_tenant_reads"],
    "unexpected": ["model_metrics_guests"]}',
  'what is missing, changed and more is named');

select is(
  pg_temp.status_under('policies_as_generated', $$
    drop policy model_metrics_tenant_floor on comply.model_metrics;
    create policy model_metrics_tenant_floor on comply.model_metrics for all to comply_app, comply_reader
      using (tenant_id = (select comply.current_tenant())) with check (tenant_id = (select comply.current_tenant()))
  $$),
  'fail', 'a floor that adds rows in place of hiding them is another policy');

select is(
  pg_temp.status_under('policies_as_generated', 'grant delete on comply.security_events to comply_app'), 'fail',
  'one that has not fails, as the generator would write another');

select is(
  pg_temp.status_under('policies_as_generated', $$ select comply.add_tenant('test-acme', null, 'verbose') $$), 'pass',
  'policies that log reads come and go');

select is(
  pg_temp.status_under('policies_as_generated', (
    select string_agg(
      format(E'drop policy %I on comply.model_metrics;\n', p.polname), '')
    from pg_policy as p
    where p.polrelid = 'comply.model_metrics'::regclass
  ) || (
    select string_agg(g.definition, E'\n')
    from comply_private.policy_source('comply.model_metrics', 'distributed') as g
  )),
  'pass', 'and those of a distributed table are others');

select * from finish();
rollback;
