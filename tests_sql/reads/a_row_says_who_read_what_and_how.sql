begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql

create role test_login login;
grant comply_app to test_login;
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

set local session authorization test_login;
set local role comply_app;
set local application_name = 'a "service"';
select comply.enter('test-acme', 'ana@example.com', '00000000-0000-4000-8000-0000000000ca');

select /* for Ana Example */ count(*)
from comply.storage_records -- born 1970-01-01
where source_data_hash = 'a secret' and confidence_score > 0.815 \g /dev/null

select * from comply.search_records('{"name": "a secret"}') \g /dev/null
reset session authorization;

create temp view row_of as
select * from comply.access_log where transaction_id = pg_current_xact_id() order by id;

select is(count(*), 2::bigint, 'two statements, two rows') from row_of;

select results_eq(
  $$
    select r.tenant_id, r.table_name, r.user_id, r.active_role, r.actor, r.correlation_id, r.ip_address,
      r.user_agent
    from row_of as r
  $$,
  $$
    select 'test-acme', 'storage_records', 'test_login', 'comply_app', 'ana@example.com',
      '00000000-0000-4000-8000-0000000000ca'::uuid, inet_client_addr(), 'a "service"'
    from generate_series(1, 2)
  $$,
  'who: the login, the role that it took on, for whom it acts, in which request, from where');

select results_eq(
  $$ select btrim(regexp_replace(r.query_text, '\s+', ' ', 'g')) from row_of as r $$,
  $$
    values
      ('select count(*) from comply.storage_records where source_data_hash = ? and confidence_score > ?'),
      ('select * from comply.search_records(?)')
  $$,
  'how: the statement, without its literals and comments');

select is_empty(
  $$
    select r.*
    from row_of as r
    where (to_jsonb(r) - array['id', 'timestamp', 'seq', 'transaction_id'])::text ~* 'secret|815|1970|born'
  $$,
  'nothing of them is anywhere in the row');

select is(max(r.seq) - min(r.seq), 1::bigint, 'numbers have no gap') from row_of as r;
select is(bool_and(r."timestamp" between now() and clock_timestamp()), true, 'the time is that of the read')
from row_of as r;

select is(
  array(select substring(r.id::text, 15, 1) from row_of as r), array['7', '7'], 'ids are those of the audit trail');

set local session authorization test_login;
select comply.enter('test-acme');
select repeat('x', 0), count(*) from comply.storage_records where metadata @> '{}' and source_data_hash in (
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'bbbb') \g /dev/null
reset session authorization;

select is(
  (select btrim(regexp_replace(r.query_text, '\s+', ' ', 'g')) from row_of as r order by r.id desc limit 1),
  'select repeat(?, ?), count(*) from comply.storage_records where metadata @> ? and source_data_hash in ( ?)',
  'a list is one question mark');

do $$
begin
  set local session authorization test_login;
  execute 'select count(*) from comply.storage_records as ' || repeat('a_long_name', 5);
end;
$$;
reset session authorization;

select is(count(*), 4::bigint, 'a statement of a function counts') from row_of as r;

select is(
  (select r.query_text from row_of as r order by r.id desc limit 1), 'do ?',
  'and what the client sent is what is kept, a dollar quote as a literal');

select format('select count(*) from comply.storage_records as %s where %s', 'r',
  string_agg('r.source_data_hash is not null', ' and ')) as long_query
from generate_series(1, 60) \gset

set local session authorization test_login;
:long_query \g /dev/null
reset session authorization;

select is(
  (select r.query_text from row_of as r order by r.id desc limit 1), left(:'long_query', 1000),
  'a long one is cut');

select is(
  (select r.query_id from row_of as r order by r.id desc limit 1), null::bigint,
  'without pg_stat_statements there is no query id');

grant pg_read_all_stats to comply_owner;
set local compute_query_id = on;
set local session authorization test_login;
select count(*) from comply.storage_records \g /dev/null
select count(*) from comply.storage_records \g /dev/null
select max(id::text) from comply.storage_records \g /dev/null
reset session authorization;

create temp view last_ids as
select array(select r.query_id from row_of as r order by r.id desc limit 3) as ids;

select is(l.ids[2] is not null and l.ids[2] = l.ids[3], true, 'where the server computes one, a statement has its own')
from last_ids as l;
select isnt(l.ids[1], l.ids[2], 'the next in the same transaction another')
from last_ids as l;

select * from finish();
rollback;
