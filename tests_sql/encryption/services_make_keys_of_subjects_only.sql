-- A service meets new subjects all day, and gives each a key. Keys of tenants are an administrator's.
begin;
set local search_path = tap, pg_catalog;
select plan(18);
\ir ../two_tenants.psql
\ir ../keys.psql

create temp table attempted as
select
  a.what,
  format(
    $$ select comply.add_data_key(%L, gen_random_uuid(), decode(repeat('00', 72), 'hex'), %L, %L, '\x0000000000000000', %L,
         %L, %L) $$,
    a.tenant, case when a.subject is null then 'A256KW' else 'envelope-1' end, a.wrapper, a.subject,
    case when a.column_name is not null then 'storage_records' end, a.column_name) as statement
from (
  values
    ('subject', 'test-acme', 'ben', '00000000-0000-4000-8000-0000000000a1', null),
    ('tenant', 'test-acme', null, 'file:test', null),
    ('index', 'test-acme', null, 'file:test', 'name_bidx'),
    ('no index', 'test-acme', null, 'file:test', 'name'),
    ('subject of another', 'test-globex', 'ben', '00000000-0000-4000-8000-0000000000b1', null),
    ('subject under another', 'test-acme', 'ben', '00000000-0000-4000-8000-0000000000b1', null),
    ('nobody', 'test-nobody', null, 'file:test', null)
) as a (what, tenant, subject, wrapper, column_name);

select is(pg_temp.attempt(r.login, 'test-acme', a.statement), r.verdict, format('%s, %s: %s', r.login, a.what, r.verdict))
from (
  values
    ('test_service', 'subject', '1'),
    ('test_service', 'tenant', 'PC325'),
    ('test_service', 'index', 'PC325'),
    ('test_service', 'subject of another', 'PC325'),
    ('test_service', 'subject under another', '23503'),
    ('comply_admin', 'subject', '1'),
    ('comply_admin', 'tenant', '1'),
    ('comply_admin', 'index', '1'),
    ('comply_admin', 'no index', 'PC326'),
    ('comply_admin', 'subject of another', '1'),
    ('comply_admin', 'nobody', 'PC003'),
    ('comply_reader', 'subject', '42501'),
    ('comply_auditor', 'tenant', '42501'),
    ('comply_operator', 'tenant', '42501')
) as r (login, what, verdict)
join attempted as a on a.what = r.what;

select is(
  pg_temp.attempt(r, 'test-acme', $$ select comply.rewrap_data_key(
    'test-acme', '00000000-0000-4000-8000-0000000000a1', 'file:test', '\x00', 'A256KW', 'file:mine') $$),
  '42501', format('%s wraps nothing anew', r))
from unnest(array['test_service', 'comply_auditor', 'comply_operator']) as r;

select is(
  pg_temp.attempt('test_service', null, $$ select * from comply_private.data_keys $$), '42501',
  'and nobody looks into the table');

select * from finish();
rollback;
