begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir samples.psql
\ir faults/destruction_certified.psql

select $$
  select comply.add_tenant('test-acme');
  insert into comply.destruction_certificates (
    tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, item_id, verdict, rule,
    planned_by, hold_checked_at)
  select s.tenant_id, 'model_metrics', s.covers_from, s.covers_until, s.row_count, sha256(''), 'a test', s.item_id,
    'DROP', s.rule, session_user, now()
  from comply.retention_slices as s
  where s.tenant_id = 'test-acme'
$$ as certify \gset

select is(
  pg_temp.status_of('destruction_certified'), 'na',
  'where nothing was destroyed, nothing has to be certified');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'what went without a certificate is found')
from fault as f;
select is(
  pg_temp.status_under(f.check_id, f.statement || ';' || :'certify'), 'pass', 'and with one, is not')
from fault as f;
select is(
  pg_temp.status_under(f.check_id, replace(f.statement, '''delete''', '''archive''') || ';' || :'certify'),
  'fail',
  'one without the archive that there had to be is none')
from fault as f;
select is(
  pg_temp.sample_of(
    'destruction_certified',
    $$
      insert into comply.destruction_certificates (
        tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)
      select 'test-acme', 'model_metrics', '2020-01-01Z', '2020-02-01Z', n, sha256(''), 'a test'
      from generate_series(1, 7) as n
    $$), '3, 1 of one seed, many others', 'a sample is drawn by its seed');

select * from finish();
rollback;
