-- A tenant its own, staff all of it, and nobody writes: neither the rollups nor what is queued for them.
begin;
set local search_path = tap, pg_catalog;
select plan(55);
\ir ../two_tenants.psql

create role test_reader login in role comply_reader;
create role test_analyst login in role comply_analyst;

do $$
begin
  while comply.refresh_rollup_batch() loop
  end loop;
end;
$$;

select is(
  pg_temp.attempt('test_service', 'test-acme', format('select from comply.%I where tenant_id = %L', v.name, t.tenant)),
  t.rows,
  format('of %s, %s a service sees %s', t.tenant, v.name, t.rows))
from unnest(array[
  'hourly_rollups', 'hourly_label_rollups', 'daily_rollups', 'daily_label_rollups', 'daily_tenant_rollups',
  'last_seven_days']) as v (name)
cross join (values ('test-acme', '1'), ('test-globex', '0')) as t (tenant, rows);

select is(pg_temp.attempt('test_reader', 'test-acme', format('select from comply.%I', v.name)), '1',
  format('a reader sees its own %s', v.name))
from unnest(array['hourly_rollups', 'daily_label_rollups', 'last_seven_days']) as v (name);

select is(pg_temp.attempt('test_service', null, format('select from comply.%I', v.name)), '0',
  format('without a tenant there are no %s', v.name))
from unnest(array[
  'hourly_rollups', 'hourly_label_rollups', 'daily_rollups', 'daily_label_rollups', 'daily_tenant_rollups']) as v (name);

select is(
  pg_temp.attempt(
    'test_analyst', null, format($$ select from comply.%I where tenant_id like 'test-%%' $$, v.name)),
  '2',
  format('an analyst sees %s of every tenant', v.name))
from unnest(array[
  'hourly_rollups', 'hourly_label_rollups', 'daily_rollups', 'daily_label_rollups', 'daily_tenant_rollups',
  'last_seven_days']) as v (name);

select is(pg_temp.attempt('test_analyst', null, 'select from comply.storage_records'), '42501',
  'but no record');

select is(pg_temp.attempt('test_service', 'test-acme', 'select from comply.rollup_totals'), '0',
  'a service sees no total of all tenants');
create role test_both login in role comply_app, comply_analyst;
select is(pg_temp.attempt('test_both', 'test-acme', 'select from comply.rollup_totals'), '0',
  'nor does one that is an analyst as well');
select is(
  pg_temp.attempt(
    'test_both', 'test-acme',
    $$ select from comply.activity_by_detector(comply.now()::date - 1, comply.now()::date + 2)
       where model_version = 'test-1' and records = 1 $$),
  '1',
  'whose dashboards stay inside its tenant');
select is(
  pg_temp.attempt(
    'test_analyst', null,
    $$ select from comply.activity_by_detector(comply.now()::date - 1, comply.now()::date + 2)
       where detector_type = 'presidio' and model_version = 'test-1' and records = 2 and flagged = 2 $$),
  '1',
  'an analyst sees what a detector did for all tenants');
select is(
  pg_temp.attempt(
    'test_analyst', null,
    $$ select from comply.activity_by_label(comply.now()::date - 1, comply.now()::date + 2)
       where label = 'PII.Person.Name' and records >= 2 $$),
  '1',
  'and which labels were found');
select is(
  pg_temp.attempt(
    'test_analyst', null,
    $$ select from comply.activity_by_tenant(comply.now()::date - 1, comply.now()::date + 2)
       where tenant_id like 'test-%' and records = 1 and flagged = 1 and mean_confidence = 0.9 $$),
  '2',
  'and how busy each of them is');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.activity_by_hour(comply.now() - interval '2 hours', comply.now() + interval '1 hour')
       where records = 1 and flagged = 1 and mean_confidence = 0.9 $$),
  '1',
  'a service sees how busy its own tenant is by the hour');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.activity_by_day(comply.now()::date - 1, comply.now()::date + 2)
       where records = 1 and flagged = 1 and mean_confidence = 0.9 $$),
  '1',
  'by the day');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.activity_by_detector(comply.now()::date - 1, comply.now()::date + 2)
       where detector_type = 'presidio' and model_version = 'test-1' and records = 1 and confidence_max = 0.9 $$),
  '1',
  'by detector');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.activity_by_label(comply.now()::date - 1, comply.now()::date + 2)
       where label = 'PII.Person.Name' and records = 1 and mean_confidence = 0.9 $$),
  '1',
  'and by label');

select is(pg_temp.attempt(w.login, w.tenant, w.statement), '42501', format('%s may not: %s', w.login, w.statement))
from (
  values
    ('test_service', 'test-acme', 'update comply.daily_rollups set records = 0'),
    ('test_service', 'test-acme', 'delete from comply.hourly_rollups'),
    ('test_service', 'test-acme', 'select from comply_private.daily_rollups'),
    ('test_service', 'test-acme', 'select from comply_private.rollup_changes'),
    ('test_service', 'test-acme',
     $$ insert into comply_private.rollup_changes (tenant_id, hour) values ('test-globex', now()) $$),
    ('test_service', 'test-acme', 'select comply.refresh_rollup_batch()'),
    ('test_service', 'test-acme', 'call comply.refresh_rollups()'),
    ('test_service', 'test-acme', 'select from comply.verify_rollups()'),
    ('test_service', 'test-acme', 'select comply.recount_rollups()'),
    ('test_service', 'test-acme', 'select from comply.activity_by_tenant(current_date, current_date)'),
    ('test_service', 'test-acme', 'select comply.generate_sample(1, 1, 1, 1)'),
    ('test_analyst', null, 'update comply.daily_rollups set records = 0'),
    ('test_analyst', null, 'select from comply.verify_rollups()'),
    ('comply_admin', null, 'update comply.daily_rollups set records = 0'),
    ('comply_admin', null, 'select comply.generate_sample(1, 1, 1, 1)'),
    ('comply_operator', null, 'select from comply.daily_rollups'),
    ('comply_operator', null, 'select comply.generate_sample(1, 1, 1, 1)'),
    ('comply_auditor', null, 'call comply.refresh_rollups()')
) as w (login, tenant, statement);

select * from finish();
rollback;
