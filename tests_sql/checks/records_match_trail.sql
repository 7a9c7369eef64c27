begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir fixture.psql
\ir samples.psql
\ir faults/records_match_trail.psql

select $$
  select comply.add_tenant('test-acme');
  insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
  select 'test-acme', 'test-1', 'precision', 0.9
  from generate_series(1, 500);
$$ as records \gset

select is(pg_temp.status_of('records_match_trail'), 'na', 'without a record there is nothing to compare');
select is(
  pg_temp.status_under('records_match_trail', :'records'), 'pass',
  'what the trail has is as it should be');
select is(
  pg_temp.observed_under('records_match_trail', :'records', 'model_metrics'), '{"rows_compared": 500}',
  'and is all looked at');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a change past the trigger is found')
from fault as f;
select is(
  pg_temp.observed_under(f.check_id, f.statement, 'model_metrics') - 'records',
  '{"problems": {"record_differs": 1}, "rows_compared": 1}', 'and told without what it says')
from fault as f;

select is(
  pg_temp.status_under('records_match_trail', :'records' || v.vanish || v.set_limit), v.status, v.what)
from (
  select
    $$
      alter table comply.model_metrics disable trigger _520_audit_delete;
      delete from comply.model_metrics
      where id = (select m.id from comply.model_metrics as m where m.tenant_id = 'test-acme' limit 1);
      alter table comply.model_metrics enable always trigger _520_audit_delete;
    $$ as vanish,
    l.*
  from (
    values
      ('', 'fail', 'so is a row that vanished'),
      ($$ select comply.set_check_limit('records_match_trail', 'a test', amount => 1) $$, 'pass',
       'but not once the trail is large')
  ) as l (set_limit, status, what)
) as v;

-- A table that is large beside a trail that is not: rows that came by another way, or whose trail was kept less long.
create function pg_temp.expected_of(statements text)
returns text
language plpgsql
as $$
declare
  v_expected text;
begin
  execute expected_of.statements;
  select min(f.expected) into v_expected from comply.check_records_match_trail() as f where f.subject = 'model_metrics';
  raise exception 'undo' using errcode = 'TX001';
exception
  when sqlstate 'TX001' then
    return v_expected;
end;
$$;
select $$
  select comply.add_tenant('test-acme');
  alter table comply.model_metrics disable trigger _500_audit_insert;
  insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
  values ('test-acme', 'test-1', 'precision', 0.9);
  -- What tests undid has left bytes.
  select comply.set_check_limit('records_match_trail', 'a test', amount =>
    1 + greatest(comply_private.table_bytes('audit_trail'), comply_private.table_bytes('model_metrics')) / 131072);
$$ as few \gset
select is(
  pg_temp.expected_of(:'few'), 'each row is as the trail last saw it, and each that it saw is there',
  'a small table is compared as a whole');
select is(
  pg_temp.expected_of(:'few' || $$
    do $do$
    begin
      while comply_private.table_bytes('model_metrics')
            <= 131072 * (comply_private.check_limit('records_match_trail')).amount loop
        insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
        select 'test-acme', 'test-1', 'precision', 0.9
        from generate_series(1, 1000);
      end loop;
    end;
    $do$;
  $$),
  'each row of a random part is as the trail last saw it',
  'a large one in part, however small the trail is');

-- As if the trail were too large to be compared as a whole.
create function pg_temp.in_part(pages integer)
returns text
language sql
as $$
  select string_agg(
    format('%s: %s', coalesce(d.tenant, 'whole'), coalesce(d.problems::text, d.rows_compared::text)), ', '
    order by d.tenant)
  from comply_private.record_damage('model_metrics', pages) as d;
$$;
select lives_ok(:'records', 'in part');
select is(pg_temp.in_part(100000), 'whole: 500', 'pages of all are all of them');
select ok(
  (select bool_or(pg_temp.in_part(1) <> 'whole: 500') from generate_series(1, 20)),
  'fewer pages are fewer rows');
alter table comply.model_metrics disable trigger _510_audit_update;
update comply.model_metrics set metric_value = 0.1 where tenant_id = 'test-acme';
alter table comply.model_metrics enable always trigger _510_audit_update;
select is(pg_temp.in_part(100000), 'test-acme: {"record_differs": 500}', 'and what differs in them is found');
select is(
  pg_temp.sample_of('records_match_trail', 'select pg_temp.seal_seven()'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
