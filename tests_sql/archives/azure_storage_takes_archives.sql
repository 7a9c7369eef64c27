-- The extension is on Azure only. What stands in for it here has its signatures, and keeps what it is given in a table,
-- as text that COPY would read.
begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;
select date_trunc('month', now(), 'UTC') as month \gset

create function pg_temp.archive()
returns uuid
language sql
as $$
  select comply.archive_to_azure_storage(
    'storage_records', 'test-acme', date_trunc('month', now(), 'UTC'),
    date_trunc('month', now(), 'UTC') + interval '1 month', 'evidence', 'archives')
$$;
grant execute on function pg_temp.archive() to public;

set local session authorization test_admin;
select throws_ok('select pg_temp.archive()', 'PC313', null, 'without the extension nothing is archived by it');
reset session authorization;

create schema azure_storage;
grant usage on schema azure_storage to comply_owner;
create table azure_storage.blobs (
  account text, container text, path text, position bigserial, line text,
  primary key (account, container, path, position));
grant select, insert, delete on azure_storage.blobs to comply_owner;
grant usage on sequence azure_storage.blobs_position_seq to comply_owner;

create function azure_storage.options_csv_put(
  delimiter text default null, null_string text default null, header boolean default null, quote text default null,
  escape text default null, force_quote text[] default null, content_encoding text default null)
returns jsonb language sql return jsonb_build_object('header', options_csv_put.header);
create function azure_storage.options_csv_get(
  delimiter text default null, null_string text default null, header boolean default null, quote text default null,
  escape text default null, force_not_null text[] default null, force_null text[] default null,
  content_encoding text default null)
returns jsonb language sql return jsonb_build_object('header', options_csv_get.header);

create function azure_storage.put_line(
  state bigint, account text, container text, path text, tuple record, encoder text, compression text, options jsonb)
returns bigint
language plpgsql
as $$
begin
  if encoder = 'csv' and state is null then
    assert options ->> 'header' = 'true' and compression = 'gzip';
    insert into azure_storage.blobs (account, container, path, line) values (account, container, path, 'header');
  end if;

  insert into azure_storage.blobs (account, container, path, line)
  select account, container, path,
    case encoder when 'csv' then to_jsonb(tuple)::text else (select e.value from jsonb_each_text(to_jsonb(tuple)) as e) end;
  return coalesce(state, 0) + 1;
end;
$$;
create aggregate azure_storage.blob_put(text, text, text, record, text, text, jsonb) (
  sfunc = azure_storage.put_line, stype = bigint);

create function azure_storage.blob_get(
  account_name text, container_name text, path text, rec anyelement, decoder text default 'auto',
  compression text default 'auto', options jsonb default null)
returns setof anyelement
language sql
as $$
  select r.*
  from azure_storage.blobs as b
  cross join lateral jsonb_populate_record(rec, case when b.line <> 'header' then b.line::jsonb end) as r
  where (b.account, b.container, b.path) = ($1, $2, $3)
    and b.line <> 'header'
    and $5 = 'csv' and $6 = 'gzip' and ($7 ->> 'header')::boolean
  order by b.position
$$;
create function azure_storage.blob_get(
  account_name text, container_name text, path text, decoder text default 'auto', compression text default 'auto',
  options jsonb default null)
returns setof record
language sql
as $$
  select b.line
  from azure_storage.blobs as b
  where (b.account, b.container, b.path) = ($1, $2, $3)
    and $4 = 'text' and $5 = 'none'
$$;
create function azure_storage.blob_list(account_name text, container_name text, prefix text default '')
returns table (path text, bytes bigint, last_modified timestamptz, etag text, content_type text, content_encoding text,
               content_hash text)
language sql
as $$
  select b.path, sum(octet_length(b.line)), now(), '', '', '', ''
  from azure_storage.blobs as b
  where (b.account, b.container) = ($1, $2)
    and starts_with(b.path, $3)
  group by b.path
$$;

set local session authorization test_admin;
select pg_temp.archive() as id \gset
reset session authorization;

select is(
  (select (row_count, format, sink, location, object_hash)::text from comply.archives where id = :'id'),
  '(1,csv.gz,azure_storage,https://evidence.blob.core.windows.net/archives,)',
  'the row says where it is; its bytes nobody here has seen');
select is(
  (select count(distinct path) from azure_storage.blobs), 2::bigint, 'a manifest is beside it');
select is(
  (select (b.line::jsonb ->> 'content_hash') from azure_storage.blobs as b where b.path like '%.json'),
  (select encode(content_hash, 'hex') from comply.archives where id = :'id'), 'and says the same');

set local session authorization test_admin;
select lives_ok(format('select comply.verify_archive(%L, %L)', 'test-acme', :'id'), 'what is whole is verified');
select is(
  (select (row_count, erased_count)::text from comply.restore_archive('test-acme', :'id', is_drill => true)), '(1,0)',
  'and comes back');
reset session authorization;

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
grant update on azure_storage.blobs to public;
select is(pg_temp.damaged(d.statement, :'id'), 'PC315', d.name)
from (
  values
    ('one character of the same length',
     $$ update azure_storage.blobs set line = replace(line, 'roadrunner', 'roadrunnex') where path !~ 'json$' $$),
    ('no row', $$ delete from azure_storage.blobs where path not like '%.json' and line <> 'header' $$),
    ('one character of the manifest',
     $$ update azure_storage.blobs set line = replace(line, 'csv.gz', 'csv,gz') where path like '%.json' $$),
    ('no manifest', $$ delete from azure_storage.blobs where path like '%.json' $$)
) as d (name, statement);
select is(pg_temp.damaged('select', :'id'), 'TEST0', 'and with no damage it is whole');

-- Whoever may create a schema could stand in for it as well as this test does.
alter function azure_storage.blob_list(text, text, text) owner to test_admin;
set local session authorization test_admin;
select throws_ok('select pg_temp.archive()', 'PC313', null, 'functions of anybody but a superuser are not called');
reset session authorization;

select * from finish();
rollback;
