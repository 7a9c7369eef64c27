-- ON CONFLICT asks an index before any policy is asked: a row that is silently not inserted, or an update
-- that is refused, tells of a row that cannot be seen.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

create function pg_temp.upsert(tenant text, id uuid, action text)
returns text
language sql
as $$
  select pg_temp.attempt('test_service', 'test-acme', format($q$
    insert into comply.storage_records as r (
      tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
    values (%L, %L, now(), repeat('b', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}')
    on conflict %s
    returning r.id
  $q$, upsert.tenant, upsert.id, upsert.action))
$$;

create temp table conflict_action as
select *
from unnest(array[
  'do nothing',
  'on constraint storage_records_pkey do nothing',
  'on constraint storage_records_pkey do update set blob_path = ''seen'''
]) with ordinality as a (action, position);

select is(
  pg_temp.upsert('test-acme', '00000000-0000-7000-8000-00000000000b', action)
  || pg_temp.upsert('test-acme', '00000000-0000-7000-8000-00000000000c', action),
  '11',
  format('%s: the id of a foreign row is as free as one that nobody has', action))
from conflict_action
order by position;

select is(
  pg_temp.upsert('test-globex', '00000000-0000-7000-8000-00000000000b', action), '42501',
  'a foreign row''s whole key is refused')
from conflict_action
order by position;

select is(
  pg_temp.upsert('test-globex', '00000000-0000-7000-8000-00000000000c', action), '42501',
  'as is one of that tenant that nobody has')
from conflict_action
order by position;

alter policy storage_records_tenant_floor on comply.storage_records with check (true);
alter policy storage_records_tenant_writes on comply.storage_records with check (true);
alter policy storage_records_tenant_reads on comply.storage_records to comply_app, comply_reader using (true);
alter policy storage_records_tenant_floor on comply.storage_records using (true);

select is(
  pg_temp.upsert('test-globex', '00000000-0000-7000-8000-00000000000b', 'do nothing'), '0',
  'if policies did not check what is inserted, silence would have told that the one is there')
union all
select is(
  pg_temp.upsert('test-globex', '00000000-0000-7000-8000-00000000000c', 'do nothing'), '1',
  'and the other not');

select * from finish();
rollback;
