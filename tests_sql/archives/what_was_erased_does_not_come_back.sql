-- An archive outlives what was erased since: whatever comes back from it comes back without that.
begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;

insert into comply.storage_records (
  tenant_id, source_data_hash, detector_type, model_version, mapped_data, subject_id)
select 'test-acme', encode(sha256(convert_to(s.subject_id, 'UTF8')), 'hex'), 'presidio', 'test-1',
  '{"labels": ["PII.Person.Name"]}', s.subject_id
from unnest(array['ana', 'bob']) as s (subject_id);

update comply.storage_records set blob_path = 'moved' where subject_id is not null;

create temp table archive (table_name text, id uuid);
grant insert, select on archive to public;
create temp table leaf as
select a.id, comply_private.audit_trail_leaf(a) as leaf
from comply.audit_trail as a
where a.tenant_id = 'test-acme';

set local session authorization test_admin;
insert into archive
select t.name, comply.archive_to_table(
  t.name, 'test-acme', date_trunc('month', now(), 'UTC'), date_trunc('month', now(), 'UTC') + interval '1 month')
from unnest(array['audit_trail', 'storage_records']) as t (name);
select comply.verify_archive('test-acme', a.id) from archive as a;
reset session authorization;

select is(
  (
    select count(*)
    from comply_private.archived_rows as r
    where r.tenant_id = 'test-acme'
      and r.lines ~ '\mana\M'
  ), 2::bigint, 'archives have who is to be erased');

select comply.erase_subject('test-acme', 'ana', 'request 7');

set local session authorization test_admin;
create temp table restored as
select a.table_name, r.*
from archive as a
cross join lateral comply.restore_archive('test-acme', a.id) as r;
reset session authorization;

select is((select erased_count from restored where table_name = 'storage_records'), 1::bigint, 'a record stays away');
select is(
  (select erased_count from restored where table_name = 'audit_trail'), 0::bigint, 'lines of the trail do not');
select is_empty($$ select from comply.restored_rows where content::text ~ '"ana"' $$, 'but nothing in them names her');
select isnt_empty($$ select from comply.restored_rows where content::text ~ '"bob"' $$, 'as they do others');

select set_eq(
  $$
    select comply_private.audit_trail_leaf(jsonb_populate_record(null::comply.audit_trail, r.content))
    from comply.restored_rows as r
    where r.table_name = 'audit_trail'
  $$,
  $$
    select l.leaf
    from leaf as l
    where l.id in (select r.id from comply.restored_rows as r where r.table_name = 'audit_trail')
  $$,
  'and each is still the row that was, or will be, sealed');
select is(
  (
    select count(*)
    from comply.restored_rows as r
    where r.content ->> 'redacted_digest' is not null
  ),
  2::bigint, 'two of them without what they said');

select restore_id from restored where table_name = 'audit_trail' \gset
set local session authorization test_admin;
select throws_ok(
  format('select comply.attach_restored(%L, %L)', 'test-acme', :'restore_id'), 'PC317', null,
  'evidence is not put back');
select lives_ok(format('select comply.drop_restored(%L, %L)', 'test-acme', :'restore_id'), 'but dropped');
select throws_ok(
  format('select comply.drop_restored(%L, %L)', 'test-acme', :'restore_id'), 'PC317', null, 'once');
reset session authorization;

select comply.erase_tenant('test-acme', 'contract ended');
set local session authorization test_admin;
select throws_ok(
  format('select comply.restore_archive(%L, %L)', 'test-acme', (select a.id from archive as a limit 1)), 'PC316', null,
  'of a tenant that was erased nothing comes back');
select throws_ok(
  format('select comply.attach_restored(%L, %L)', 'test-acme', r.restore_id), 'PC316', null,
  'nor is what came back before put in')
from restored as r
where r.table_name = 'storage_records';
reset session authorization;

select * from finish();
rollback;
