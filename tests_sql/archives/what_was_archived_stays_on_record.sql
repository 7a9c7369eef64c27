-- A row of an archive is what destruction is allowed by: nobody makes one up, and nobody makes it say something else.
begin;
set local search_path = tap, pg_catalog;
select plan(16);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;
create role test_operator login in role comply_operator;
create role test_auditor login in role comply_auditor;

select date_trunc('month', now(), 'UTC') as month \gset
set local session authorization test_operator;
select comply.archive_to_table('model_metrics', 'test-acme', :'month', :'month'::timestamptz + interval '1 month') as id
\gset
reset session authorization;

select is(
  (select (row_count, verified_at, archived_by)::text from comply.archives where id = :'id'), '(1,,test_operator)',
  'an operator archives inside the database, which shows none of the rows');

select is(
  (
    select string_agg(s.tenant, ' ' order by s.tenant)
    from comply.archive_slices('model_metrics', now()) as s
    where s.tenant like 'test-%'
  ),
  'test-acme test-globex', 'each tenant is a slice');
select is(
  (select count(*) from comply.archive_slices('audit_trail', now(), 'test-acme')), 1::bigint, 'or one of them');

select throws_ok(
  format('insert into comply.archives select a.* from comply.archives as a where a.id = %L', :'id'),
  '23505', null, 'an id is given once');
select throws_ok(
  $$ update comply.archives set content_hash = sha256('x') $$, 'PC002', null, 'what it says never changes');
select throws_ok($$ delete from comply.archives $$, 'PC002', null, 'nor does it go');
select throws_ok($$ truncate comply.archives cascade $$, 'PC002', null, 'by no way');
select throws_ok(
  $$ update comply.archives set verified_at = now() $$, '23514', null, 'who verifies it gives a name');

set local session authorization test_operator;
select lives_ok(format('select comply.verify_archive(%L, %L)', 'test-acme', :'id'), 'it is verified');
reset session authorization;
select throws_ok(
  $$ update comply.archives set verified_at = null, verified_by = null $$, 'PC002', null, 'and stays that');
select throws_ok(
  $$ update comply.archives set verified_by = 'somebody' $$, 'PC002', null, 'by whom it was');
select is(
  (select string_agg(operation, ' ' order by a.id) from comply.audit_trail as a
   where table_name = 'archives' and record_id = :'id'),
  'INSERT UPDATE', 'and the trail has both');

set local session authorization test_admin;
select throws_ok(
  format('select comply.purge_archive(%L, %L)', 'test-acme', :'id'), 'PC319', null, 'before its time it is not purged');
select throws_ok(
  format('select comply.verify_archive(%L, %L)', 'test-globex', :'id'), 'PC314', null,
  'another tenant has no such one');
select throws_ok(
  format('select comply.open_archive(%L, %L, %L, %L)', 'model_metrics', 'test-acme', :'month',
         :'month'::timestamptz + interval '2 months'),
  'PC312', null, 'a span is inside a month');
select throws_ok(
  format('select comply.open_archive(%L, %L, %L, %L)', 'tenant_configs', 'test-acme', :'month', now()),
  'PC311', null, 'and of a table that has months');
reset session authorization;

select * from finish();
rollback;
