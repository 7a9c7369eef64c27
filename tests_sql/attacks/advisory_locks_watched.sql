-- pg_locks is open to everybody and advisory locks are free for all: a lock whose number comes from a tenant
-- or a record tells every session who works on what, and a lock that anyone may take stops the work behind
-- it.
begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir ../two_tenants.psql

create function pg_temp.locks()
returns table (classid oid, objid oid)
language sql
as $$
  select l.classid, l.objid from pg_locks as l where l.locktype = 'advisory' and l.pid = pg_backend_pid()
$$;

set local session authorization test_service;
select comply.enter('test-acme');

insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', repeat('c', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}');
update comply.storage_records set blob_path = 'seen';
delete from comply.storage_records where blob_path = 'seen';

select is_empty('select * from pg_temp.locks()', 'working on records takes no advisory lock');

reset session authorization;
select now() - interval '9 years' as long_ago \gset
select count(*) from comply.ensure_past_partitions('model_metrics', :'long_ago', :'long_ago');

select is_empty(
  'select * from pg_temp.locks()',
  'nor does making partitions, which a service that held the lock could otherwise stop for ever');

select is_empty(
  $$
    select p.oid::regprocedure
    from pg_proc as p
    where p.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and p.prosrc ~ 'pg_advisory_(xact_)?lock'
  $$,
  'no function waits for a lock that anyone may hold');

select pg_advisory_xact_lock(hashtext('test-globex'));
select isnt_empty('select * from pg_temp.locks()', 'a lock made of a tenant''s name would have been seen');

select * from finish();
rollback;
