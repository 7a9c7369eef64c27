begin;
set local search_path = tap, pg_catalog;
set local timezone = 'UTC';
select plan(4);
\ir ../two_tenants.psql

set local session authorization test_service;
select comply.enter('test-acme');
select comply.open_load();

insert into pg_temp.staged_lines (line_no, line)
select
  t.line_no,
  convert_to(jsonb_strip_nulls(jsonb_build_object(
    'source_data_hash', lpad(t.line_no::text, 64, '0'),
    'labels', '{}'::jsonb,
    'timestamp', t.seen_at))::text, 'UTF8')
from (
  values
    (1, to_char(now() - interval '9 years', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
    (2, to_char(now() - interval '9 years', 'YYYY-MM-DD HH24:MI:SS') || '-05'),
    (3, to_char(now() - interval '7 years', 'YYYY-MM-DD')),
    (4, null),
    (5, to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00')
) as t (line_no, seen_at);

select results_eq(
  $$ select l.inserted, l.rejected
     from comply.load_lines(
       'presidio', 'test-1', '00000000-0000-7000-8000-000000000001', now() - interval '5 years') as l $$,
  $$ values (5::bigint, 0::bigint) $$,
  'records of any month of ten years go in');

select results_eq(
  $$
    select r."timestamp"
    from comply.storage_records as r
    where r.source_data_hash ~ '^0'
    order by r.source_data_hash
  $$,
  $$
    select t.seen_at
    from (
      values
        (1, now() - interval '9 years'),
        (2, date_trunc('second', now() - interval '9 years') + interval '5 hours'),
        (3, date_trunc('day', now() - interval '7 years')),
        (4, now() - interval '5 years'),
        (5, date_trunc('second', now()))
    ) as t (line_no, seen_at)
    order by t.line_no
  $$,
  'at the time that the line says, in UTC where it has no zone, else at that of the load');

select is(
  (
    select count(*)
    from pg_inherits as i
    where i.inhparent = 'comply.storage_records'::regclass
      and i.inhrelid::regclass::text in (
        'comply.storage_records_' || to_char(now() - interval '9 years', 'YYYY_MM'),
        'comply.storage_records_' || to_char(now() - interval '7 years', 'YYYY_MM'),
        'comply.storage_records_' || to_char(now() - interval '5 years', 'YYYY_MM')
      )
  ),
  3::bigint,
  'in their months');

select is(
  to_regclass('comply.storage_records_' || to_char(now() - interval '8 years', 'YYYY_MM')), null,
  'and no month is made that no record needs');

select * from finish();
rollback;
