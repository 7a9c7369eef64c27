-- With nothing but psql: archived, verified, brought back, put back, and found out when one character of it changes.
begin;
set local search_path = tap, pg_catalog;
select plan(26);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;
create role test_auditor login in role comply_auditor;

update comply.storage_records
set confidential = ('\x0101' || repeat('ab', 16) || repeat('00', 64))::bytea,
    metadata = '{"text": "a\nb\"\\", "n": 1.50}',
    confidence_score = '-0'
where tenant_id = 'test-acme';

insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, subject_id)
select 'test-acme', date_trunc('month', now()) + n * interval '1 s', encode(sha256(int4send(n)), 'hex'), 'presidio',
  'test-1', '{"labels": ["PII.Person.Name"]}', 'subject-' || n % 5
from generate_series(1, 5000) as n;

create temp table before as
select to_jsonb(r) as content from comply.storage_records as r where r.tenant_id = 'test-acme';

select date_trunc('month', now(), 'UTC') as month \gset
set local session authorization test_admin;
select comply.archive_to_table(
  'storage_records', 'test-acme', :'month', :'month'::timestamptz + interval '1 month') as id \gset
select lives_ok(format('select comply.verify_archive(%L, %L)', 'test-acme', :'id'), 'what is whole is verified');
reset session authorization;

select is(
  (select (row_count, key_ids, format, sink)::text from comply.archives where id = :'id'),
  '(5001,{abababab-abab-abab-abab-abababababab},table,table)', 'the row says how many, and under which keys');
select is(
  (select count(*) from comply_private.archived_rows where archive_id = :'id'), 2::bigint, 'many rows are one value');

-- Damage of each kind, taken back each time.
create function pg_temp.damaged(statement text, id text)
returns text
language plpgsql
as $$
begin
  execute statement;
  perform comply.verify_archive('test-acme', id::uuid);
  raise exception 'whole' using errcode = 'TEST0';
exception
  when others then
    return sqlstate;
end;
$$;

select is(
  pg_temp.damaged(d.statement, :'id'), 'PC315', d.name)
from (
  values
    ('one character',
     $$ update comply_private.archived_rows set lines = regexp_replace(lines, 'a', 'b') where chunk_no = 0 $$),
    ('one line less',
     $$ update comply_private.archived_rows set lines = regexp_replace(lines, '\n[^\n]*$', '') where chunk_no = 1 $$),
    ('one line twice',
     $$ update comply_private.archived_rows set lines = lines || E'\n' || split_part(lines, E'\n', 1) $$),
    ('one chunk less', $$ delete from comply_private.archived_rows where chunk_no = 1 $$),
    ('chunks in another order', $$ update comply_private.archived_rows set chunk_no = 2 - chunk_no $$)
) as d (name, statement);
select is(pg_temp.damaged('select', :'id'), 'TEST0', 'and with no damage it is whole');

-- Even with hashes of the bytes made to fit, the rows are not those.
select is(
  pg_temp.damaged(
    $$
      update comply_private.archived_rows set lines = regexp_replace(lines, 'test-1', 'test-2') where chunk_no = 0;
      alter table comply.archives disable trigger user;
      update comply.archives as a
      set (object_hash, object_bytes) = (
        select h.object_hash, h.object_bytes
        from comply_private.chunks_hash(a.tenant_id, a.id) as h)
    $$, :'id'),
  'PC315', 'rows are hashed apart from bytes');

set local session authorization test_admin;
select is(
  (select (row_count, erased_count, expired)::text from comply.restore_archive('test-acme', :'id', is_drill => true)),
  '(5001,0,f)', 'a drill brings all back');
select is_empty($$ select from comply.restored_rows $$, 'and leaves none of it');

select restore_id as restored from comply.restore_archive('test-acme', :'id') \gset
select is(
  (select count(*) from comply.restored_rows where restore_id = :'restored'), 5001::bigint,
  'what is brought back is there');
select throws_ok(
  format('select comply.attach_restored(%L, %L)', 'test-acme', :'restored'), 'PC318', null,
  'but not put beside what is in the table');
reset session authorization;

select set_eq($$ select content from comply.restored_rows $$, $$ select content from before $$, 'as it was');
select is(
  pg_temp.attempt('test_service', 'test-acme', 'select from comply.restored_rows'), '5001', 'its tenant reads it');
select is(
  pg_temp.attempt('test_service', 'test-globex', 'select from comply.restored_rows'), '0', 'another one does not');
select is(pg_temp.attempt('test_service', null, 'select from comply.restored_rows'), '0', 'nor does nobody');
select is(pg_temp.attempt('test_auditor', null, 'select from comply.restored_rows'), '0',
  'an auditor may not read records, so not these');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme', format('select from comply_private.restored_%s', replace(:'restored', '-', ''))),
  '42501', 'and nobody goes around');

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.restored_rows;
reset session authorization;
select is(
  (select count(*) from comply.access_log where tenant_id = 'test-acme' and table_name = 'restored_rows'), 1::bigint,
  'who reads it is logged, for a tenant that wants that');

select comply.erase_subject('test-acme', 'subject-2', 'request 7');
select is((select count(*) from comply.restored_rows), 4001::bigint, 'an erasure reaches it');
delete from comply.storage_records where tenant_id = 'test-acme';
set local session authorization test_admin;
select is(comply.attach_restored('test-acme', :'restored'), 4001::bigint, 'the others go back into the table');
select throws_ok(
  format('select comply.attach_restored(%L, %L)', 'test-acme', :'restored'), 'PC317', null, 'once');
reset session authorization;

select set_eq(
  $$ select to_jsonb(r) from comply.storage_records as r where r.tenant_id = 'test-acme' $$,
  $$ select content from before where content ->> 'subject_id' is distinct from 'subject-2' $$,
  'as they were');
select is_empty($$ select * from comply.verify_records('storage_records') $$, 'and the trail knows each of them');

select * from finish();
rollback;
