begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir faults/definers_pinned.psql

select is(pg_temp.status_of('definers_pinned'), 'pass', 'functions of an installation pin their path');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one of anybody that does not fails')
from fault as f;

select is(
  pg_temp.status_under('definers_pinned', 'alter function comply.schema_version() reset search_path'), 'fail',
  'or one of ours that does no more');

select is(
  pg_temp.observed_under(
    'definers_pinned', 'alter function comply.schema_version() set search_path = comply, public',
    'comply.schema_version()'),
  '{"search_path": "comply, public"}',
  'a path in which temporary tables come first is none');

select is(
  pg_temp.status_under('definers_pinned', $$
    create function public.test_definer()
    returns integer language sql security definer set search_path = public, pg_temp as 'select 1'
  $$),
  'pass', 'any other is');

select is(
  pg_temp.status_under('definers_pinned', $$
    create function public.test_invoker() returns integer language sql return 1
  $$),
  'pass', 'and whoever has the caller''s rights needs none');

select * from finish();
rollback;
