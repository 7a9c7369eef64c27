-- Who may destroy, who may only finish what was asked for, and which columns count.
begin;
set local search_path = tap, pg_catalog;
select plan(52);
\ir ../two_tenants.psql

create temp table door as
select *
from (
  values
    ('select comply.erase_subject(''test-acme'', ''p-1'', ''x'')', array['comply_admin']),
    ('select comply.erase_tenant(''test-acme'', ''x'')', array['comply_admin']),
    ('select comply.redact_batch()', array['comply_admin', 'comply_operator']),
    ('select comply.add_subject_column(''model_metrics'', ''model_version'')', array['comply_admin']),
    ('select comply.set_copy_lifetimes(35)', array['comply_admin']),
    ('select comply.report_key_destroyed(''test-acme'', gen_random_uuid(), now())', array['comply_admin'])
) as d (statement, callers);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, d.statement) = '42501',
  not r = any (d.callers),
  format('%s %s: %s', r, case when r = any (d.callers) then 'may' else 'may not' end, d.statement))
from door as d
cross join unnest(array[
  'test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin', 'comply_operator']) as r
order by d.statement, r;

select is(
  pg_temp.attempt('comply_admin', 'test-globex', $$ select comply.erase_subject('test-acme', 'p-1', 'x') $$), 'PC332',
  'in the context of a tenant nobody erases for another');
select is(
  pg_temp.attempt('comply_admin', 'test-globex', $$ select comply.erase_tenant('test-acme', 'x') $$), 'PC332',
  'nor another tenant');
select is(
  pg_temp.attempt('comply_admin', null, $$ select comply.erase_subject('test-acm', 'p-1', 'x') $$), 'PC003',
  'a misspelt tenant is told');

-- What stands in comply.erasures stays, whoever asks.
select comply.erase_subject('test-acme', 'p-1', 'x');
select throws_ok(c.statement, 'PC002', null, format('refused: %s', c.statement))
from unnest(array[
  'delete from comply.erasures',
  'truncate comply.erasures cascade',
  $$ update comply.erasures set basis = 'y' $$,
  $$ update comply.erasures set subject_digest = sha256('') $$,
  $$ update comply.erasures set shredded_at = now() - interval '1 day' $$,
  $$ update comply.erasures set state = 'requested', executed_by = null, shredded_at = null, shredded_in = null,
       sweep_from = null, backup_days = null, effective_at = null $$
]) as c (statement);

-- Columns of others.
select throws_ok(
  format('select comply.add_subject_column(%L, %L)', c.t, c.c), c.code, null, format('%s.%s names nobody', c.t, c.c))
from (
  values
    ('storage_records', 'metadata', 'PC334'), ('storage_records', 'no_such', 'PC334'),
    ('tenant_configs', 'display_name', 'PC334'), ('legal_holds', 'reason', 'PC334'), ('audit_trail', 'actor', 'PC201')
) as c (t, c, code);

select ok(comply.add_subject_column('model_metrics', 'model_version'), 'a column is added');
insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
values ('test-acme', 'p-metric', 'precision', 1);
select is(
  (comply.erase_subject('test-acme', 'p-metric', 'x')).rows_destroyed, '{"model_metrics": 1}',
  'and erased by from then on');

select * from finish();
rollback;
