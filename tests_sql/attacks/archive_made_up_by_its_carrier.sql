-- Who carries archives may say of them what they like, and bring types of their own, rows of others and tables of
-- their own: SQL takes none of it.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;
grant create on database :DBNAME to test_admin;
create temp table stolen (who text);
grant insert on stolen to public;
select date_trunc('month', now(), 'UTC') as month \gset

create function pg_temp.manifest(changes jsonb default '{}')
returns text
language sql
as $$
  select (jsonb_build_object(
    'manifest', 'comply-db archive 1', 'table_name', 'model_metrics', 'tenant_id', 'test-acme',
    'covers_from', date_trunc('month', now(), 'UTC'),
    'covers_until', date_trunc('month', now(), 'UTC') + interval '1 month',
    'row_count', o.row_count, 'content_hash', encode(o.content_hash, 'hex'), 'first_key', o.first_key,
    'last_key', o.last_key, 'columns', o.columns, 'column_types', o.column_types,
    'schema_fingerprint', encode(o.schema_fingerprint, 'hex'), 'key_ids', o.key_ids, 'format', 'csv.gz',
    'object_hash', encode(sha256('object'), 'hex'), 'object_bytes', 6) || changes)::text
  from comply.open_archive(
    'model_metrics', 'test-acme', date_trunc('month', now(), 'UTC'),
    date_trunc('month', now(), 'UTC') + interval '1 month') as o
$$;
grant execute on function pg_temp.manifest(jsonb) to public;

set local session authorization test_admin;

-- A type that runs its maker's code wherever a value of it is looked at.
create schema test_trap;
create function test_trap.spring(uuid) returns boolean language plpgsql
as $$ begin insert into pg_temp.stolen values (current_user); return true; end $$;
create domain test_trap.id as uuid check (test_trap.spring(value));
create domain pg_temp.id as uuid check (test_trap.spring(value));
grant usage on schema test_trap to public;

select throws_ok(
  format('select comply.record_archive(%L, %L, %L, %L)',
         pg_temp.manifest(jsonb_build_object('columns', '{id}'::text[], 'column_types', t.type,
           'schema_fingerprint',
           encode(sha256(convert_to(jsonb_build_array(jsonb_build_array('id', t.type[1]))::text, 'UTF8')), 'hex'))),
         'directory', '/x', 'y'),
  'PC313', null, format('type %s is not PostgreSQL''s own', t.type[1]))
from (values ('{test_trap.id}'::text[]), ('{pg_temp.id}'), ('{id}')) as t (type);
select throws_ok(
  format('select comply.record_archive(%L, %L, %L, %L)',
         pg_temp.manifest(jsonb_build_object('columns', '{id}'::text[], 'column_types', array['uuid); drop table x'])),
         'directory', '/x', 'y'),
  '42601', null, 'nor is a statement');
select throws_ok(
  format('select comply.record_archive(%L, %L, %L, %L)',
         pg_temp.manifest('{"schema_fingerprint": "00"}'), 'directory', '/x', 'y'),
  'PC313', null, 'a fingerprint that is not that of the columns is refused');
select throws_ok(
  format('select comply.record_archive(%L, %L, %L, %L)', pg_temp.manifest(), 'table', '/x', 'y'),
  'PC313', null, 'and a sink that is not for carriers');

select comply.record_archive(pg_temp.manifest(), 'directory', '/x', 'y') as id \gset

select throws_ok(
  format('select comply.verify_archive(%L, %L, %L, %L, 6)', 'test-acme', :'id', pg_temp.manifest(), sha256('object')),
  'PC315', null, 'what was never read back is not whole');

create temp table comply_stage (like comply.model_metrics);
comment on table comply_stage is :'id';
select throws_ok(
  format('select comply.verify_archive(%L, %L, %L, %L, 6)', 'test-acme', :'id', pg_temp.manifest(), sha256('object')),
  'PC315', null, 'nor what is in a table of the carrier''s own');
drop table comply_stage;

select comply.stage_archive('test-acme', :'id');
select throws_ok('select from pg_temp.comply_stage', '42501', null, 'who fills the table cannot read it');
select throws_ok(
  'create trigger spring before insert on pg_temp.comply_stage '
  'for each row execute function suppress_redundant_updates_trigger()',
  '42501', null, 'nor hang anything on it');

insert into pg_temp.comply_stage select m.* from comply.model_metrics as m where m.tenant_id like 'test-%';
select throws_ok(
  format('select comply.verify_archive(%L, %L, %L, %L, 6)', 'test-acme', :'id', pg_temp.manifest(), sha256('object')),
  'PC315', null, 'rows of another tenant are too many');

select comply.stage_archive('test-acme', :'id');
insert into pg_temp.comply_stage select m.* from comply.model_metrics as m where m.tenant_id = 'test-acme';
select lives_ok(
  format('select comply.verify_archive(%L, %L, %L, %L, 6)', 'test-acme', :'id', pg_temp.manifest(), sha256('object')),
  'the right ones are right');
reset session authorization;
select is_empty('select * from stolen', 'and no code of the carrier ran');

select * from finish();
rollback;
