begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir fixture.psql
\ir faults/duties_separated.psql

select pg_temp.lay_ground()
\g /dev/null

-- The table refuses such an item, for as long as nobody changes it.
create function pg_temp.item(planned_by text, approved_by text, executed_by text)
returns text
language sql
as $$
  select format(
    $q$
      alter table comply.retention_items drop constraint retention_items_four_eyes_check;
      insert into comply.retention_items (
        id, table_name, month, verdict, state, fingerprint, rows_expired, rows_kept, needs_approval, planned_by,
        approved_by, approved_at, executed_by, finished_at)
      values (
        '00000000-0000-7000-8000-0000000000aa', 'model_metrics', '2020-01-01 00:00Z', 'DROP', 'dropped', sha256(''),
        0, 0, true, %1$L, %2$L, case when %2$L is not null then now() end, %3$L, now())
    $q$,
    planned_by, approved_by, executed_by)
$$;

select is(
  pg_temp.status_of('duties_separated'), 'na',
  'where nothing was approved and nobody audits, there is nothing to judge');

select is(
  pg_temp.status_under('duties_separated', pg_temp.item('ana', 'bob', 'ana')), 'pass',
  'what one planned and another approved passes');

select is(
  pg_temp.status_under('duties_separated', pg_temp.item('ana', 'ana', 'job')), 'fail',
  'what one planned and approved fails');

select is(
  pg_temp.status_under('duties_separated', pg_temp.item('job', 'ana', 'ana')), 'fail',
  'or approved and executed');

select is(
  pg_temp.observed_under(
    'duties_separated', pg_temp.item('job', null, 'job'), 'retention item 00000000-0000-7000-8000-0000000000aa'),
  '{"planned_by": "job", "approved_by": null, "executed_by": "job"}',
  'or what nobody approved that had to be');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'and a login that audits what it administers')
from fault as f;

select is(
  pg_temp.status_under(
    'duties_separated', 'create role test_both login noinherit in role comply_auditor, comply_admin'), 'fail',
  'also one that takes on the one role or the other');

select is(
  pg_temp.status_under('duties_separated', 'create role test_auditor login in role comply_auditor'), 'pass',
  'one that audits only passes');

-- A sample
insert into comply.retention_items (
  table_name, month, verdict, state, fingerprint, rows_expired, rows_kept, needs_approval, planned_by, approved_by,
  approved_at, executed_by, finished_at)
select 'model_metrics', '2000-01-01 00:00Z'::timestamptz + interval '1 month' * n, 'DROP', 'dropped', sha256(''), 0, 0,
       true, 'ana', 'bob', now(), 'ana', now()
from generate_series(1, 50) as n;

select is(count(*), 5::bigint, 'a sample is as large as asked for')
from comply.draw_sample('duties_separated', 5, 7);

select set_eq(
  $$ select subject from comply.draw_sample('duties_separated', 5, 7) $$,
  $$ select subject from comply.sample_duties_separated(5, 7) $$,
  'the same seed draws the same');

select isnt(
  array(select subject from comply.draw_sample('duties_separated', 5, 7) order by 1),
  array(select subject from comply.draw_sample('duties_separated', 5, 8) order by 1),
  'another seed another');

select throws_ok(
  $$ select comply.draw_sample('rls_forced', 5, 7) $$, 'PC603', null, 'and a check of settings has none');

select * from finish();
rollback;
