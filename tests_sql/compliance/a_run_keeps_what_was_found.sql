begin;
set local search_path = tap, pg_catalog;
select plan(33);
\ir ../two_tenants.psql
create role test_operator login in role comply_operator;
create role test_auditor login in role comply_auditor;

-- Three checks of the test: one that raises, one that forges, one that finds.
insert into comply.checks (
  check_id, position, title, severity, kind, scope, function_name, evidence_query, remedy)
select 'test_' || c.name, 9000 + c.position, 'A test', 'low', 'configuration', 'tenant', 'check_test_' || c.name,
       'select', 'None'
from (
  values ('raises', 1), ('forges', 2), ('finds', 3), ('empty', 4), ('unproven', 5), ('misspelt', 6)
) as c (name, position);
create function comply.check_test_raises() returns setof comply.finding language plpgsql as $$
begin
  insert into comply.detectors (detector_type, description) values ('presidio', 'what a row says');
end $$;
create function comply.check_test_forges() returns setof comply.finding language plpgsql as $$
begin
  return next comply_private.finding('rls_forced', 'pass', 'x', 'x', '{}');
end $$;
create function comply.check_test_empty() returns setof comply.finding language plpgsql as $$
begin
end $$;
create function comply.check_test_unproven() returns setof comply.finding language plpgsql as $$
begin
  return next ('test_unproven', 'pass', 'low', 'x', 'x', '{}', null, comply.now(), null)::comply.finding;
end $$;
create function comply.check_test_misspelt() returns setof comply.finding language plpgsql as $$
begin
  return next comply_private.finding('test_misspelt', 'pass', 'x', 'x', '{}', repeat('x', 64));
end $$;
create function comply.check_test_finds() returns setof comply.finding language plpgsql as $$
begin
  return next comply_private.finding('test_finds', 'fail', 'one', 'x', '{"rows": 1}', 'test-acme');
  return next comply_private.finding('test_finds', 'pass', 'two', 'x', '{"rows": 0}', 'test-globex');
end $$;
insert into comply.control_mappings (framework_id, version, control_id, source, source_id, coverage) values
  ('soc2', '2017', 'CC6.1', 'check', 'test_finds', 'partial'),
  ('gdpr', '2016/679', 'Art. 32', 'check', 'test_finds', 'full');

-- A run as a login that may.
create function pg_temp.run_as(login text, framework text default null)
returns uuid
language plpgsql
as $$
declare
  v_run uuid;
begin
  execute format('set local session authorization %I', login);
  v_run := comply.run_checks(framework);
  reset session authorization;
  return v_run;
end;
$$;

select pg_temp.run_as('test_operator') as run
\gset

select results_eq(
  format('select tenant_id, framework_id, run_by from comply.check_runs where id = %L', :'run'),
  $$ values ('_system', null::text, 'test_operator') $$,
  'a run says who ran what');

select is(
  (select r.check_count from comply.check_runs as r where r.id = :'run'),
  (select count(*)::integer from comply.checks),
  'it asks every check');

select is(
  (select count(distinct f.check_id)::integer from comply.findings(:'run') as f),
  (select count(*)::integer from comply.checks),
  'and has a finding of each');

select results_eq(
  format('select status, subject, observed from comply.findings(%L) where check_id = %L', :'run', 'test_raises'),
  $$ values ('error', 'test_raises',
             '{"table": "detectors", "sqlstate": "23505", "constraint": "detectors_pkey"}'::jsonb) $$,
  'one that raises is an error, told by names and never by what a row says');

select results_eq(
  format('select status, observed from comply.findings(%L) where check_id = %L', :'run', 'test_forges'),
  $$ values ('error', '{"sqlstate": "PC604"}'::jsonb) $$,
  'as is one that returns findings of another');

select results_eq(
  format('select status, observed from comply.findings(%L) where check_id = %L', :'run', c.check_id),
  $$ values ('error', '{"sqlstate": "PC604"}'::jsonb) $$,
  c.what)
from (
  values ('test_unproven', 'or without evidence'), ('test_misspelt', 'or of a tenant that cannot be')
) as c (check_id, what);

select results_eq(
  format('select status, observed from comply.findings(%L) where check_id = %L', :'run', 'test_empty'),
  $$ values ('na', '{"subjects": 0}'::jsonb) $$,
  'one that finds nothing at all has nothing to judge');

select results_eq(
  format('select status, tenant_id, frameworks, control_ids, coverages from comply.findings(%L) where check_id = %L',
         :'run', 'test_finds'),
  $$ values ('fail', 'test-acme', '{gdpr,soc2}'::text[], '{Art. 32,CC6.1}'::text[], '{full,partial}'::text[]),
            ('pass', 'test-globex', '{gdpr,soc2}', '{Art. 32,CC6.1}', '{full,partial}') $$,
  'each finding has the controls that it bears on');

select results_eq(
  format('select run_id from comply.findings where run_id = %L order by id', :'run'),
  format('select %L::uuid from comply.findings(%L)', :'run', :'run'),
  'findings are in the order of their checks');

select is(
  (select r.findings_hash from comply.check_runs as r where r.id = :'run'),
  comply_private.findings_hash(:'run'),
  'the run has the hash of its findings');

select set_eq(
  format('select record_id from comply.audit_trail where table_name = %L and operation = %L', 'findings', 'INSERT'),
  format('select id from comply.findings where run_id = %L', :'run'),
  'the trail has each of them, so the ledger seals it');

select is(
  (select count(*) from comply.audit_trail as a where a.table_name = 'check_runs' and a.record_id = :'run'), 1::bigint,
  'and the run');

-- For good

select throws_ok($$ update comply.findings set status = 'pass' $$, 'PC002', null, 'no finding is changed');
select throws_ok($$ delete from comply.findings $$, 'PC002', null, 'or deleted');
select throws_ok($$ truncate comply.findings $$, 'PC002', null, 'or truncated');
select throws_ok($$ update comply.check_runs set run_by = 'x' $$, 'PC002', null, 'nor is a run');

update comply.control_mappings set valid_until = comply.now() where source_id = 'test_finds';

select is(
  (select f.control_ids from comply.findings(:'run') as f where f.check_id = 'test_finds' and f.status = 'fail'),
  array['Art. 32', 'CC6.1'],
  'a mapping that ends rewrites no run');

select pg_temp.run_as('test_operator') as later
\gset

select is(
  (select f.control_ids from comply.findings(:'later') as f where f.check_id = 'test_finds' and f.status = 'fail'),
  '{}',
  'the next one is without it');

select isnt(
  (select r.mapping_hash from comply.check_runs as r where r.id = :'later'),
  (select r.mapping_hash from comply.check_runs as r where r.id = :'run'),
  'and says so by the hash of its mappings');

-- Of a framework

select pg_temp.run_as('test_auditor', 'hipaa') as hipaa
\gset

select set_eq(
  format('select distinct check_id from comply.findings(%L)', :'hipaa'),
  $$ select distinct source_id from comply.control_mappings where source = 'check' and framework_id = 'hipaa' $$,
  'a run of a framework asks the checks that bear on it');

select throws_ok(
  $$ select comply.run_checks('no-such') $$, 'PC600', null, 'one that is unknown is refused');

select is(
  (select comply.enable_check('test_finds', false) and not comply.enable_check('test_finds', false)), true,
  'a check can be left to a person');

select results_eq(
  format('select status, observed from comply.findings(%L) where check_id = %L', comply.run_checks(), 'test_finds'),
  $$ values ('manual', '{"is_enabled": false}'::jsonb) $$,
  'and then every run says so');

select throws_ok(
  $$ select comply.enable_check('no_such') $$, 'PC603', null, 'one that is unknown cannot');

-- Who may

select is(pg_temp.attempt('test_service', 'test-acme', 'select comply.run_checks()'), '42501', 'a service runs none');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format('select from comply.findings(%L) where check_id = %L', :'run', 'test_finds')), '1',
  'and sees what concerns its tenant');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', format('select from comply.findings where tenant_id = %L', 'test-globex')), '0',
  'and nothing of another');

select is(
  pg_temp.attempt('test_operator', null, format('select from comply.findings(%L)', :'run')), '42501',
  'who operates reads none');

select is(
  pg_temp.attempt(
    'test_auditor', null,
    format('select from comply.findings(%L) where check_id = %L', :'run', 'test_finds')),
  '2',
  'who audits reads all');

select throws_ok(
  format('select from comply.findings(%L)', gen_random_uuid()), 'PC602', null, 'a run that is not there is refused');

-- A server that goes down ends a run.
create or replace function comply.check_test_raises() returns setof comply.finding language plpgsql as $$
begin
  raise exception 'no space' using errcode = 'disk_full';
end $$;

select throws_ok('select comply.run_checks()', '53100', null, 'no run goes on where the disk is full');

select is(
  (select count(*) from comply.check_runs where started_at = comply.now() and run_by = 'test_operator'), 2::bigint,
  'and leaves nothing');

select * from finish();
rollback;
