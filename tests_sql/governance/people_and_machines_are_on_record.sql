begin;
set local search_path = tap, pg_catalog;
select plan(19);
\ir ../two_tenants.psql

-- Reviews

select is(pg_temp.attempt('test_service', 'test-acme',
  $$ select comply.review_decision('00000000-0000-7000-8000-00000000000a', 'upheld', 'so') $$), 'PC616',
  'a login alone reviews nothing');

create function pg_temp.review(record uuid, decision text)
returns text
language plpgsql
as $$
begin
  perform comply.enter('test-acme', 'ana');
  perform comply.review_decision(record, decision, 'as the policy says');
  perform set_config('comply.tenant_id', '', true), set_config('comply.actor', '', true);
  return 'reviewed';
exception
  when others then
    perform set_config('comply.tenant_id', '', true), set_config('comply.actor', '', true);
    return sqlstate;
end;
$$;

select is(pg_temp.review('00000000-0000-7000-8000-00000000000a', 'overturned'), 'reviewed', 'a person does');
select is(pg_temp.review('00000000-0000-7000-8000-00000000000b', 'upheld'), 'PC616', 'not for another tenant');
select is(pg_temp.review('00000000-0000-7000-8000-00000000000a', 'ignored'), '23514', 'nor in other words');
select results_eq(
  $$ select reviewer, decision, reviewed_by from comply.decision_reviews where tenant_id = 'test-acme' $$,
  $$ values ('ana', 'overturned', session_user::text collate "default") $$,
  'who they are and through which login is on record');
select throws_ok($$ delete from comply.decision_reviews $$, 'PC002', null, 'and stays');

-- Events

select results_eq(
  $$
    select e.ended_at - e.started_at, e.reference, e.match, e.verifier
    from comply.ai_event_log(now() - interval '1 hour', now() + interval '1 hour') as e
    where e.record_id = '00000000-0000-7000-8000-00000000000a'
  $$,
  $$ values (interval '12.5 milliseconds', 'presidio/test-1, taxonomy 1', repeat('a', 64), 'ana') $$,
  'an event has begin and end, what was compared, what matched and who verified it');
select is(
  pg_temp.attempt('test_service', 'test-globex', $$
    select from comply.ai_event_log(now() - interval '1 hour', now() + interval '1 hour')
    where record_id = '00000000-0000-7000-8000-00000000000a'
  $$),
  '0', 'of the own tenant');

-- What an actor touched

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-globex';

create function pg_temp.work(tenant text)
returns void
language plpgsql
as $$
begin
  perform comply.enter(tenant, 'mallory');
  insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data, subject_id)
  select tenant, encode(sha256(int4send(n)), 'hex'), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}', 'p-' || n % 2
  from generate_series(1, 4) as n;
  delete from comply.storage_records where tenant_id = tenant and subject_id = 'p-1';
  set local role test_service;
  perform count(*) from comply.model_metrics;
  reset role;
  perform set_config('comply.tenant_id', '', true), set_config('comply.actor', '', true);
end;
$$;

select pg_temp.work('test-acme'), pg_temp.work('test-globex')
\g /dev/null

select results_eq(
  $$
    select tenant_id, table_name, operation, is_bounded, records, subjects, unknown_subjects, classification
    from comply.breach_scope('mallory')
  $$,
  $$
    values
      ('test-acme', 'storage_records', 'DELETE', true, 2::bigint, 1::bigint, 0::bigint, 'restricted'),
      ('test-acme', 'storage_records', 'INSERT', true, 4, 2, 0, 'restricted'),
      ('test-globex', 'model_metrics', 'SELECT', false, null, null, null, 'internal'),
      ('test-globex', 'storage_records', 'DELETE', true, 2, 1, 0, 'restricted'),
      ('test-globex', 'storage_records', 'INSERT', true, 4, 2, 0, 'restricted')
  $$,
  'the scope of an actor is what it changed, and the tables it read where reads are logged');
select is(
  (select array_agg(distinct b.personal_columns && '{subject_id}') from comply.breach_scope('mallory') as b
   where b.table_name = 'storage_records'), '{t}', 'with what that may have contained');
select results_eq(
  $$
    select table_name, operation, records, subjects
    from comply.breach_scope(session_user::text)
    where tenant_id = 'test-globex' and operation in ('SELECT', 'DELETE')
  $$,
  $$
    values
      ('model_metrics', 'SELECT', null::bigint, null::bigint),
      ('storage_records', 'DELETE', 2, 1)
  $$,
  'that of a login is what was done through it as well, whoever it said it was');

create role test_gone login in role comply_app;
set local session authorization test_gone;
select comply.enter('test-acme', 'eve')
\g /dev/null
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', repeat('e', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}');
reset session authorization;
select set_config('comply.tenant_id', '', true), set_config('comply.actor', '', true)
\g /dev/null
drop role test_gone;
select results_eq(
  $$ select table_name, operation, records from comply.breach_scope('test_gone') $$,
  $$ values ('storage_records', 'INSERT', 1::bigint) $$,
  'also of one that is gone');
select is_empty($$ select from comply.breach_scope('mallory', now() + interval '1 second') $$, 'within a span of time');
select is_empty($$ select from comply.breach_scope('nobody') $$, 'of nobody it is empty');
select is(pg_temp.attempt('test_service', 'test-acme', $$ select from comply.breach_scope('mallory') $$), '2',
  'a tenant sees its own part');
select throws_ok($$ select from comply.breach_scope(null) $$, 'PC212', null, 'and of no one it is refused');

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-acme';
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data, subject_id)
values ('test-acme', repeat('d', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}', 'p-9');
select is(
  (select b.unknown_subjects
   from comply.breach_scope(session_user::text) as b
   where b.tenant_id = 'test-acme' and b.table_name = 'storage_records' and b.operation = 'INSERT'),
  1::bigint, 'a row whose image was not kept counts as unknown');

-- Labels of a table

select is((comply.table_labels('model_metrics')).classification, 'internal', 'a table without secrets is internal');
select is(pg_temp.attempt('comply_analyst', null, $$ select comply.table_labels('model_metrics') $$), '42501',
  'and analysts do not ask');

select * from finish();
rollback;
