begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/erasures_proven.psql

select is(pg_temp.status_of('erasures_proven'), 'na', 'without erasures there is nothing to judge');

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, executed_by, shredded_at, shredded_in, sweep_from, backup_days, effective_at,
           rows_destroyed) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'shredded', 'ana', comply.now() -
           interval '10 days', '3', '3', 35, comply.now(), '{}') $$),
  'pass', 'one that was carried out passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is late fails')
from fault as f;

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, executed_by, shredded_at, shredded_in, sweep_from, backup_days, effective_at,
           rows_destroyed) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'shredded', 'ana', comply.now() -
           interval '10 days', '3', '3', 35, comply.now(), '{"storage_records": 1}') $$),
  'fail', 'or one whose rows went without a certificate');

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, matter) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'deferred', 'case 7') $$),
  'manual', 'one that a hold defers past its day is for a person to judge');

select * from finish();
rollback;
