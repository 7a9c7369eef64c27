begin;
set local search_path = tap, pg_catalog;
select plan(24);
\ir ../two_tenants.psql

create temp table asked as
select
  comply.open_subject_request('test-acme', 'person-1', 'access', '2026-01-31 12:00Z') as access,
  comply.open_subject_request('test-acme', 'person-1', 'erasure') as erasure;
grant select on asked to public;

select is(
  (select r.due_at from comply.subject_requests as r join asked as a on a.access = r.id), '2026-02-28 12:00Z'::timestamptz,
  'a request is due a month after it came, whatever months are long');
select is_empty($$ select from comply.subject_requests as r where r::text ~ 'person-1' $$, 'its row does not name the person');
select is(
  (select r.subject_digest from comply.subject_requests as r join asked as a on a.access = r.id),
  comply_private.subject_digest('test-acme', 'person-1'), 'who knows them finds it');

select set_eq(
  $$ select kind, is_late, time_left < interval '0' from comply.subject_request_report() $$,
  $$ values ('access', true, true), ('erasure', false, false) $$,
  'the register says what is late');
select is(
  (select r.kind from comply.subject_request_report() as r limit 1), 'access', 'the most urgent first');

select throws_ok($$ select comply.extend_subject_request('test-acme', access, 'many') from asked $$, 'PC615', null,
  'one that is late is not extended');
select throws_ok($$ select comply.extend_subject_request('test-acme', erasure, ' ') from asked $$, 'PC615', null,
  'nor one without a reason');
select is(
  (select comply.extend_subject_request('test-acme', erasure, 'many copies') from asked),
  (select r.received_at + interval '3 months' from comply.subject_requests as r join asked as a on a.erasure = r.id),
  'one in time gets two more months');
select throws_ok($$ select comply.extend_subject_request('test-acme', erasure, 'more') from asked $$, 'PC615', null, 'once');

select throws_ok($$ select comply.close_subject_request('test-acme', erasure, 'fulfilled', 'done') from asked $$, 'PC615',
  null, 'an erasure is not fulfilled by words');
select comply.erase_subject('test-acme', 'person-1', 'a request')
\g /dev/null
select lives_ok($$ select comply.close_subject_request('test-acme', erasure, 'fulfilled', 'done') from asked $$,
  'but by an erasure');
select ok(
  (select r.erasure_id is not null and r.closed_by = session_user and r.closed_at is not null
   from comply.subject_requests as r join asked as a on a.erasure = r.id),
  'which it names, with who closed it when');

select set_config('comply.now', (now() + interval '1 day')::text, true)
\g /dev/null
create temp table asked_again as
select comply.open_subject_request('test-acme', 'person-1', 'erasure') as erasure;
select throws_ok(
  $$ select comply.close_subject_request('test-acme', erasure, 'fulfilled', 'done') from asked_again $$, 'PC615', null,
  'one that was carried out before somebody asked again fulfils nothing');
select comply.erase_subject('test-acme', 'person-1', 'a request')
\g /dev/null
select lives_ok(
  $$ select comply.close_subject_request('test-acme', erasure, 'fulfilled', 'done') from asked_again $$,
  'until it has taken what has come since');
select set_config('comply.now', '', true)
\g /dev/null

select throws_ok($$ select comply.close_subject_request('test-acme', erasure, 'refused', 'no') from asked $$, 'PC615', null,
  'what is closed stays closed');
select throws_ok($$ update comply.subject_requests set answer = 'other' where state <> 'open' $$, 'PC002', null,
  'also for who writes rows');
select throws_ok($$ update comply.subject_requests set received_at = now() $$, 'PC002', null, 'and when it came stays');
select throws_ok($$ delete from comply.subject_requests $$, 'PC002', null, 'as does the row');

select is(
  jsonb_array_length(comply.subject_export('test-acme', 'person-1') -> 'requests'), 3,
  'what is exported of a person has their requests');

select is(pg_temp.attempt('test_service', 'test-acme',
  $$ select comply.open_subject_request('test-globex', 'person-2', 'access') $$), 'PC332',
  'a service takes requests for its tenant only');
select is(pg_temp.attempt('test_service', 'test-acme',
  $$ select comply.open_subject_request('test-acme', 'person-2', 'access') $$), '1', 'which it does');
select is(pg_temp.attempt('test_service', 'test-globex', $$ select from comply.subject_request_report() $$), '0',
  'and sees no other''s');
select throws_ok($$ select comply.open_subject_request('test-acme', 'person-2', 'question') $$, 'PC615', null,
  'there are six kinds');
select throws_ok($$ select comply.open_subject_request('test-acme', 'person-2', 'access', now() + interval '1 day') $$,
  'PC615', null, 'of what has been asked');

select * from finish();
rollback;
