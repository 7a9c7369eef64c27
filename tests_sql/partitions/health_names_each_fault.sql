begin;
set local search_path = tap, pg_catalog;
select plan(13);

select comply.ensure_partitions(3);

create function pg_temp.status_as(check_name text, of_table text, fault text)
returns text
language plpgsql
as $$
declare
  v_finding record;
begin
  begin
    execute fault;
    select p.* into v_finding from comply.partition_health() as p
    where p.name = check_name and p.table_name = of_table;
    raise exception 'undo' using errcode = 'TX001';
  exception
    when sqlstate 'TX001' then
      return v_finding.status || ': ' || v_finding.observed;
  end;
end;
$$;

create function pg_temp.month(of_table text, months integer)
returns regclass
language sql
return to_regclass('comply.' || of_table || to_char(comply.now() + make_interval(months => months), '_YYYY_MM'));

select is_empty(
  $$ select * from comply.partition_health() where status <> 'ok' $$,
  'what was just made has no fault');

select set_eq(
  $$ select table_name, count(*) from comply.partition_health() group by table_name $$,
  $$
    select c.relname::text, 5::bigint
    from pg_class as c
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'p'
  $$,
  'every partitioned table has its line of every check');

select is_empty(
  $$ select * from comply.partition_health() where (status = 'ok') <> (next_step is null) $$,
  'a next step is given exactly when there is something to do');

select matches(
  pg_temp.status_as('partitions_ahead', 'model_metrics', format('drop table %s', (
    select string_agg(pg_temp.month('model_metrics', m)::text, ', ') from generate_series(1, 3) as m))),
  '^(fail|warn): \d+ days',
  'months that run out are told');

select is(
  pg_temp.status_as('partitions_gapless', 'model_metrics', format('drop table %s', pg_temp.month('model_metrics', 2))),
  format('fail: %s of 1 missing', to_char(comply.now() + interval '2 months', 'YYYY-MM')),
  'so is a month that is missing between others');

select is(
  pg_temp.status_as('partitions_gapless', 'model_metrics', $$ select comply.ensure_past_partitions(
    'model_metrics', comply.now() - interval '5 months', comply.now() - interval '5 months') $$),
  'ok: no month missing',
  'but none that is missing in the past: retention ends months, and a load makes those that it needs');

select matches(
  pg_temp.status_as('partitions_guarded', 'model_metrics',
    format('grant select on %s to comply_app', pg_temp.month('model_metrics', 1))),
  '^fail: 1 open of',
  'a month that somebody may read by itself is open');

select matches(
  (select p.observed from comply.partition_health(0) as p
   where p.name = 'partitions_sized' and p.table_name = 'model_metrics' and p.status = 'warn'),
  'comply.model_metrics_\d{4}_\d{2}$',
  'a month above the size that is asked about is told with its size');

select is(
  pg_temp.status_as('partitions_attached', 'model_metrics',
    format('alter table comply.model_metrics detach partition %s', pg_temp.month('model_metrics', 3))),
  'warn: 1 detached, 0 of them due',
  'a month that somebody detached is not forgotten');

select is(
  pg_temp.status_as('partitions_attached', 'model_metrics', format(
    'update pg_inherits set inhdetachpending = true where inhrelid = %L::regclass', pg_temp.month('model_metrics', 3))),
  'fail: 1 detached, 0 of them due',
  'nor one that is half detached');

-- Who may ask

set local role comply_operator;
select isnt_empty($$ select * from comply.partition_health() $$, 'an operator may ask');
set local role comply_app;
select throws_ok($$ select * from comply.partition_health() $$, '42501', null, 'a service may not');
set local role comply_operator;
select throws_ok($$ select comply.schedule() $$, 'PC340', null, 'without pg_cron nothing is scheduled');

select * from finish();
rollback;
