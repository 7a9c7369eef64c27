begin;
set local search_path = tap, pg_catalog;
select plan(4);

insert into comply.tenant_configs (tenant_id, display_name) values ('test-acme', 'Acme');
insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
values ('test-acme', 'v1', 'drift', 0.1);

set local role comply_admin;

select throws_ok(
  $$ delete from comply.tenant_configs where tenant_id = 'test-acme' $$,
  'PC108', null,
  'a tenant that has rows stays');

select lives_ok(
  $$ delete from comply.model_metrics where tenant_id = 'test-acme' $$,
  'its rows go first');

select results_eq(
  $$ delete from comply.tenant_configs where tenant_id = 'test-acme' returning display_name $$,
  $$ values ('Acme') $$,
  'then the tenant');

select is(
  array(select a.operation || ' ' || a.table_name from comply.audit_trail as a
        where a.tenant_id = 'test-acme' order by a.id),
  array['INSERT tenant_configs', 'INSERT model_metrics', 'DELETE model_metrics', 'DELETE tenant_configs'],
  'and its audit trail stays');

select * from finish();
rollback;
