-- Equality of what nobody can read: by an index, in spite of row level security, and for one tenant only.
begin;
set local search_path = tap, pg_catalog;
select plan(18);
\ir ../two_tenants.psql

create table comply.test_persons (
  tenant_id text  not null,
  id        uuid  not null default comply.new_id(),
  name      bytea,
  name_bidx bytea
);
alter table comply.test_persons owner to comply_owner;
alter table comply.test_persons enable row level security;
alter table comply.test_persons force row level security;
grant select on comply.test_persons to comply_app;

create function pg_temp.make_policies()
returns void
language plpgsql
as $$
declare
  v_definition text;
begin
  for v_definition in select p.definition from comply_private.policy_source('comply.test_persons') as p loop
    execute v_definition;
  end loop;
end;
$$;
select pg_temp.make_policies();

select comply.encrypt_column('test_persons', 'name');
select comply.index_column('test_persons', 'name_bidx', 'name');
select lives_ok($$ select comply.index_column('test_persons', 'name_bidx', 'name') $$, 'said twice, nothing changes');

\ir ../keys.psql

select comply.add_data_key(
  t.tenant_id, t.key_id, decode(repeat('00', 72), 'hex'), 'A256KW', 'file:test',
  substr(public.hmac('comply-db check', pg_temp.key(t.tenant_id || ' persons'), 'sha256'), 1, 8),
  null, 'test_persons', 'name_bidx')
from (
  values
    ('test-acme', '00000000-0000-4000-8000-0000000000c1'::uuid),
    ('test-globex', '00000000-0000-4000-8000-0000000000c2'::uuid)
) as t (tenant_id, key_id);

create function pg_temp.open_index(tenant text)
returns boolean
language sql
as $$
  select comply.open_keys(
    array[case tenant when 'test-acme' then '00000000-0000-4000-8000-0000000000c1'
          else '00000000-0000-4000-8000-0000000000c2' end::uuid],
    array[pg_temp.key(tenant || ' persons')], tenant)
$$;

select throws_ok(
  $$ select comply.blind_index('Ana', 'test_persons', 'name_bidx') $$, 'PC322', null,
  'without its key there is no fingerprint');

select pg_temp.open_index('test-acme');
insert into comply.test_persons (tenant_id, name_bidx)
select 'test-acme', comply.blind_index('person ' || i, 'test_persons', 'name_bidx')
from generate_series(1, 5000) as i;

select is(
  octet_length(comply.blind_index('Ana', 'test_persons', 'name_bidx')), 12,
  'a fingerprint has the length that the registry says');

select is(
  comply.blind_index(v, 'test_persons', 'name_bidx'), comply.blind_index('ana@example.com', 'test_persons', 'name_bidx'),
  format('%s is taken for ana@example.com', quote_literal(replace(v, E'\n', ' '))))
from unnest(array['Ana@Example.COM', E' ana@example.com\t\n', E'\uff21na@example.com']) as v;

select isnt(
  comply.blind_index(v, 'test_persons', 'name_bidx'), comply.blind_index('ana@example.com', 'test_persons', 'name_bidx'),
  format('%s is not', quote_literal(v)))
from unnest(array['ana@example.co', 'an a@example.com', '', E'\u00e1na@example.com']) as v;

select is(comply.blind_index(null, 'test_persons', 'name_bidx'), null, 'null has none');

select throws_ok(
  $$ select comply.blind_index('Ana', 'test_persons', 'name') $$, 'PC326', null,
  'nor has a column that is no blind index');

create temp table first as
select comply.blind_index('person 1', 'test_persons', 'name_bidx') as f;
grant select on first to public;

select pg_temp.open_index('test-globex');
select isnt(
  comply.blind_index('person 1', 'test_persons', 'name_bidx'), (select f from first),
  'another tenant has another fingerprint of the same value');

insert into comply.test_persons (tenant_id, name_bidx)
select 'test-globex', (array['\x000000000000000000000001', '\x000000000000000000000002']::bytea[])[1 + i % 2]
from generate_series(1, 5000) as i;

select throws_ok(
  $$ insert into comply.test_persons (tenant_id, name_bidx) values ('test-acme', '\x00') $$, '23514', null,
  'what has another length is refused');

select results_eq(
  $$ select tenant, rows, distinct_rows, risk from comply.blind_index_risk() where table_name = 'test_persons' $$,
  $$ values ('test-acme', 5000::bigint, 5000::bigint, 'low'), ('test-globex', 5000, 2, 'high') $$,
  'two values are a risk, and are reported');

analyze comply.test_persons;
set local session authorization test_service;
select comply.enter('test-acme');
select pg_temp.open_index('test-acme');

create function pg_temp.plan_of(statement text)
returns text
language plpgsql
as $$
declare
  v_line text;
  v_plan text := '';
begin
  for v_line in execute 'explain (costs off) ' || statement loop
    v_plan := v_plan || v_line || E'\n';
  end loop;
  return v_plan;
end;
$$;

select matches(
  pg_temp.plan_of($$
    select id from comply.test_persons
    where name_bidx = (select comply.blind_index('person 1', 'test_persons', 'name_bidx'))
  $$),
  'Index Cond: \(\(tenant_id = .*\) AND \(name_bidx = ',
  'a lookup as a service uses the index, with the tenant and with the fingerprint');

select is(
  (select count(*) from comply.test_persons
   where name_bidx = (select comply.blind_index('Person 1 ', 'test_persons', 'name_bidx'))),
  1::bigint, 'and finds the row');

reset session authorization;
select comply_private.shred_keys('test-acme');
set local session authorization test_service;

select throws_ok($$ select pg_temp.open_index('test-acme') $$, 'PC321', null, 'once shredded, it finds nothing more');

select * from finish();
rollback;
