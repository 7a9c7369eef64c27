begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/requests_in_time.psql

select is(pg_temp.status_of('requests_in_time'), 'na', 'without requests there is nothing to judge');

select is(
  pg_temp.status_under(
    'requests_in_time',
    $$ insert into comply.subject_requests (tenant_id, kind, subject_digest, received_at, due_at,
           state, answer, closed_by, closed_at) values ('test-request', 'access', sha256('a'),
           comply.now() - interval '40 days', comply.now() - interval '9 days', 'fulfilled', 'sent',
           'ana', comply.now() - interval '10 days') $$),
  'pass', 'one that was answered in time passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is late fails')
from fault as f;

select is(
  pg_temp.status_under(
    'requests_in_time',
    $$ insert into comply.subject_requests (tenant_id, kind, subject_digest, received_at, due_at,
           state, answer, closed_by, closed_at) values ('test-request', 'access', sha256('a'),
           comply.now() - interval '40 days', comply.now() - interval '9 days', 'fulfilled', 'sent',
           'ana', comply.now() - interval '8 days') $$),
  'fail', 'so does one that was answered late');

select is(
  pg_temp.status_under(
    'requests_in_time',
    $$ insert into comply.subject_requests (tenant_id, kind, subject_digest, received_at, due_at)
           values ('test-request', 'access', sha256('a'), comply.now() - interval '40 days',
           comply.now() + interval '1 day') $$),
  'pass', 'one that is still in time passes');

select * from finish();
rollback;
