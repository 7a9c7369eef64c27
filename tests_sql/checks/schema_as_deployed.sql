begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir samples.psql
\ir faults/schema_as_deployed.psql

select pg_temp.lay_ground()
\g /dev/null

select $$
  select comply_private.record_baseline(
    gen_random_uuid(),
    (
      select jsonb_agg(jsonb_build_object(
        'path', format('functions/comply.test_%s.sql', n),
        'content', '',
        'transactional', true,
        'objects', case when n = 1 then comply_private.object_fingerprints() else '{}' end))
      from generate_series(1, 7) as n
    ));
$$ as baseline \gset

select is(pg_temp.status_of('schema_as_deployed'), 'na', 'what psql installed has no history');
select is(pg_temp.status_under('schema_as_deployed', :'baseline'), 'pass', 'what was adopted is as it was');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a file without its event is found')
from fault as f;
select is(
  pg_temp.observed_under('schema_as_deployed', :'baseline' || c.change, c.object) ->> 'state', c.state,
  format('so is an object that is %s', c.state))
from (
  values
    ('drop function comply.unschedule()', 'function comply.unschedule()', 'missing'),
    ('alter table comply.model_metrics add column more text', 'table comply.model_metrics', 'changed'),
    ('create table comply.more (id integer)', 'table comply.more', 'unexpected')
) as c (change, object, state);
select is(
  pg_temp.sample_of('schema_as_deployed', :'baseline'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
