-- PostgreSQL quotes rows and keys in the details of errors: a value that cannot be selected could be read
-- there.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

-- All that a client is told of an error.
create function pg_temp.told(statement text)
returns text
language plpgsql
as $$
declare
  v_message text;
  v_detail  text;
  v_hint    text;
begin
  set local session authorization test_service;
  perform comply.enter('test-acme');
  execute statement;
  raise exception 'no error';
exception
  when others then
    get stacked diagnostics
      v_message = message_text,
      v_detail = pg_exception_detail,
      v_hint = pg_exception_hint;
    return concat_ws(' | ', v_message, nullif(v_detail, ''), nullif(v_hint, ''));
end;
$$;

create temp table error as
select
  e.what,
  pg_temp.told(e.statement) as told
from (
  values
    ('a foreign row', $$
      insert into comply.storage_records (
        tenant_id, source_data_hash, detector_type, model_version, mapped_data)
      values ('test-globex', repeat('b', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}')
    $$),
    ('a broken check', $$
      update comply.storage_records set confidence_score = 7, blob_path = 'secret path'
    $$),
    ('a duplicate key', $$
      insert into comply.storage_records (
        tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
      select tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data
      from comply.storage_records
    $$),
    ('a division by another''s score', $$
      select 1 / (confidence_score - 0.9)::integer from comply.storage_records where tenant_id = 'test-globex'
    $$),
    ('a cast of another''s data', $$
      select (metadata ->> 'project')::integer from comply.storage_records where tenant_id = 'test-globex'
    $$)
) as e (what, statement);

select is(
  (select string_agg(what, ', ' order by what) from error where told = 'no error'),
  'a cast of another''s data, a division by another''s score',
  'what would fail on a foreign row does not fail, for it is not reached');

select is_empty(
  $$ select what, told from error where told ~* 'reactor|bbbb|0000000b' $$,
  'no error quotes a foreign row');

select is_empty(
  $$ select what, told from error where what = 'a broken check' and told ~ 'secret path|Failing row' $$,
  'a broken check quotes not even the row that was given');

select alike(
  (select told from error where what = 'a broken check'), '%storage_records_confidence_score_check%',
  'but it names the rule');

select alike(
  (select told from error where what = 'a duplicate key'), 'duplicate key % unique constraint "%_pkey"',
  'as a duplicate key does, and quotes no key');

alter table comply.storage_records disable row level security;

select alike(
  pg_temp.told($$
    select (metadata ->> 'project')::integer from comply.storage_records where tenant_id = 'test-globex'
  $$),
  '%globex reactor%',
  'without row level security the cast would have quoted the other tenant''s project');

select * from finish();
rollback;
