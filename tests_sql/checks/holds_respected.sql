begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir fixture.psql
\ir samples.psql
\ir faults/holds_respected.psql

-- A hold from 31 January, 2020 on, of now; then a certificate.
create function pg_temp.certified(
  covers_from text, covers_until text, destroyed_at text, verdict text, tenant text)
returns text
language sql
as $$
  select format(
    $q$
      select comply.add_tenant('test-acme'), comply.add_tenant('test-globex');
      select comply.place_hold('test-acme', 'case 7', 'a test', '2020-01-31Z', '2020-03-01Z');
      insert into comply.destruction_certificates (
        tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, destroyed_at, verdict)
      values (%L, 'model_metrics', %L, %L, 7, sha256(''), 'a test', %s, %L)
    $q$, tenant, covers_from, covers_until, destroyed_at, verdict);
$$;

select is(pg_temp.status_of('holds_respected'), 'na', 'without a hold there is nothing to respect');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'what a hold covered may not be destroyed')
from fault as f;
select is(
  pg_temp.status_under(
    'holds_respected', pg_temp.certified(c.covers_from, c.covers_until, c.destroyed_at, c.verdict, c.tenant)),
  c.status, c.what)
from (
  values
    ('2020-01-01Z', '2020-01-31Z', 'now()', 'REWRITE', 'test-acme', 'pass', 'what ends where a hold begins may'),
    ('2020-03-01Z', '2020-04-01Z', 'now()', 'REWRITE', 'test-acme', 'pass', 'and what begins where it ends'),
    ('2020-01-01Z', '2020-02-01Z', $$now() - interval '1 day'$$, 'DROP', 'test-acme', 'pass',
     'and what went before it was placed'),
    ('2020-01-01Z', '2020-02-01Z', 'now()', 'DROP', 'test-globex', 'pass', 'and what was another tenant''s'),
    ('2020-01-01Z', '2020-04-01Z', 'now()', 'ERASURE', 'test-acme', 'pass', 'and an erasure of rows before and after'),
    ('2020-02-01Z', '2020-04-01Z', 'now()', 'ERASURE', 'test-acme', 'fail',
  'but none whose first row was held')
) as c (covers_from, covers_until, destroyed_at, verdict, tenant, status, what);
select is(
  pg_temp.status_under(
    'holds_respected',
    $$ select comply.add_tenant('test-acme'); select comply.place_hold('test-acme', 'case 7', 'a test');
       select comply.release_hold('test-acme', 'case 7', 'over') $$), 'pass',
  'a hold that was released was respected');
select is(
  pg_temp.sample_of(
    'holds_respected',
    $$
      select comply.add_tenant('test-acme');
      select comply.place_hold('test-acme', 'case ' || n, 'a test') from generate_series(1, 7) as n
    $$), '3, 1 of one seed, many others', 'a sample is drawn by its seed');

select * from finish();
rollback;
