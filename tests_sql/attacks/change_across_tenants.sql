-- A denied UPDATE or DELETE raises nothing: only what it returns tells whether it reached another tenant's
-- row.
begin;
set local search_path = tap, pg_catalog;
select plan(17);
\ir ../two_tenants.psql

create temp table change as
select *
from (
  values
    ('update', $$ update comply.%I set metadata = '{"seen": true}' where tenant_id = %L returning id $$),
    ('delete', $$ delete from comply.%I where tenant_id = %L returning id $$),
    ('merge', $$
      merge into comply.%I as t
      using (select 1) as one on t.tenant_id = %L
      when matched then update set metadata = '{"seen": true}'
    $$),
    ('merge to delete', $$
      merge into comply.%I as t using (select 1) as one on t.tenant_id = %L when matched then delete
    $$),
    ('lock', $$ select id from comply.%I where tenant_id = %L for update $$)
) as c (verb, statement);

select is(
  pg_temp.attempt('test_service', 'test-acme', format(c.statement, t, 'test-acme'))
  || pg_temp.attempt('test_service', 'test-acme', format(c.statement, t, 'test-globex')),
  '10',
  format('a service can %s its own row of %s, and finds no other', c.verb, t))
from change as c
cross join unnest(array['storage_records', 'detector_executions', 'model_metrics']) as t;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    with seen as (
      delete from comply.storage_records returning tenant_id
    )
    select from seen where tenant_id <> 'test-acme'
  $$),
  '0',
  'nor does one without a condition reach further');

alter policy storage_records_tenant_floor on comply.storage_records using (true);
alter policy storage_records_tenant_reads on comply.storage_records to comply_app, comply_reader using (true);
alter policy storage_records_tenant_writes on comply.storage_records using (true);

select is(
  (
    select string_agg(
      pg_temp.attempt('test_service', 'test-acme', format(c.statement, 'storage_records', 'test-globex')), '')
    from change as c
    where c.verb <> 'update' and c.verb <> 'merge'
  ),
  '111',
  'if the policies let it, each would have reached the other tenant''s record');

select * from finish();
rollback;
