begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir fixture.psql
\ir faults/isolation_probed.psql

select is(pg_temp.status_of('isolation_probed'), 'pass', 'two tenants do not see each other');
select is(
  (select count(*) from comply.tenant_configs where tenant_id like 'probe-%'), 0::bigint,
  'and none of them is left');
select is(comply.current_tenant(), null, 'nor their context');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a context that is another''s is found')
from fault as f;
select is(pg_temp.status_under('isolation_probed', d.damage), 'fail', d.what)
from (
  values
    ('so is a table that shows all to whoever asks',
     $$
       alter policy model_metrics_tenant_reads on comply.model_metrics to comply_app, comply_reader using (true);
       alter policy model_metrics_tenant_floor on comply.model_metrics using (true)
     $$),
    ('or takes all from whoever writes',
     $$
       alter policy model_metrics_tenant_writes on comply.model_metrics with check (true);
       alter policy model_metrics_tenant_floor on comply.model_metrics with check (true)
     $$),
    ('or that policies do not hold for', 'alter table comply.storage_records disable row level security'),
    ('or that hides what is the tenant''s own', 'drop policy storage_records_tenant_reads on comply.storage_records;
      drop policy storage_records_tenant_writes on comply.storage_records')
) as d (what, damage);
select is(
  pg_temp.status_under(
    'isolation_probed',
    $$ select comply.rotate_context_key('test', sha256('a test')); select comply.set_profile('strict') $$),
  'pass',
  'in profile strict it proves its tenant');

select * from finish();
rollback;
