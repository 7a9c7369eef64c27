begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir fixture.psql
\ir faults/logins_in_use.psql

select pg_temp.lay_ground()
\g /dev/null

select is(pg_temp.status_of('logins_in_use'), 'pass', 'logins that did something pass');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that did nothing fails')
from fault as f;

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'test_idle'),
  jsonb_build_object('valid_until', null, 'unused_since', now() - interval '90 days'),
  'and is named')
from fault as f;

select is(
  pg_temp.status_under(
    'logins_in_use', $$ create role test_idle login in role comply_reader valid until '2099-01-01' $$),
  'pass', 'one that ends need do nothing');

select is(
  pg_temp.status_under(
    'logins_in_use', $$ create role test_idle login in role comply_reader valid until 'infinity' $$),
  'fail', 'one that ends never is one without an end');

select is(
  pg_temp.status_under('logins_in_use', 'create role test_idle login'), 'pass',
  'one that may do nothing here is not judged');

-- What it wrote is found by an index where it wrote for itself, else by a scan.
select is(
  pg_temp.status_under('logins_in_use', format(
    $$
      create role test_idle login in role comply_reader;
      insert into comply.audit_trail (
        tenant_id, id, "timestamp", table_name, record_id, operation, user_id, actor, transaction_id)
      values ('_system', comply.new_id(), comply.now(), 'model_metrics', comply.new_id(), 'INSERT', 'test_idle', %L,
              pg_current_xact_id())
    $$,
    a.actor)),
  'pass', format('to write is to do something, on behalf of %s', coalesce(a.actor, 'nobody else')))
from unnest(array[null, 'ana']) as a (actor);

select is(
  pg_temp.status_under('logins_in_use', $$
    create role test_idle login in role comply_reader;
    insert into comply.access_log (tenant_id, id, "timestamp", table_name, user_id, query_text, seq, transaction_id)
    values ('_system', comply.new_id(), comply.now(), 'x', 'test_idle', 'select', 1, pg_current_xact_id())
  $$),
  'pass', 'to read is to do something');

select is(
  pg_temp.status_under('logins_in_use', $$
    create role test_idle login in role comply_admin;
    insert into comply_private.admin_events (happened_at, action, object, user_id, transaction_id)
    values (now(), 'UPDATE', 'x', 'test_idle', pg_current_xact_id())
  $$),
  'pass', 'as is to administer');

select is(
  pg_temp.status_under('logins_in_use', format('set local comply.now = %L', now() + interval '91 days')), 'fail',
  'what was done longer ago than 90 days counts no more');

select * from finish();
rollback;
