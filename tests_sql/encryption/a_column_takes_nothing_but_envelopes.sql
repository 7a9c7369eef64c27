-- comply.encrypt_column() refuses while there is plaintext, and then keeps it out.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

create table comply.test_persons (
  tenant_id text  not null,
  id        uuid  not null default comply.new_id(),
  name      bytea,
  plain     text,
  name_bidx bytea
);

insert into comply.test_persons (tenant_id, name) values
  ('test-acme', convert_to('Ana', 'UTF8')),
  ('test-acme', null);

select throws_ok(
  $$ select comply.encrypt_column('test_persons', 'name') $$, 'PC327', null,
  'plaintext is in the way');

delete from comply.test_persons where name is not null;
select lives_ok($$ select comply.encrypt_column('test_persons', 'name') $$, 'nulls are not');
select lives_ok($$ select comply.encrypt_column('test_persons', 'name') $$, 'said twice, nothing changes');

select is(
  (select count(*) from comply.encrypted_columns as e where e.table_name = 'test_persons'), 1::bigint,
  'the column is registered');

select is(
  (select k.convalidated from pg_constraint as k where k.conname = 'test_persons_name_check'), true,
  'its constraint is validated');

select throws_ok(
  $$ insert into comply.test_persons (tenant_id, name) values ('test-acme', convert_to('Ben', 'UTF8')) $$,
  '23514', null,
  'and refuses plaintext');

select lives_ok(
  $$ insert into comply.test_persons (tenant_id, name) values ('test-acme', '\x0101' || decode(repeat('00', 80), 'hex')) $$,
  'what has the form of an envelope it takes');

select throws_ok(
  format('select comply.encrypt_column(%L, %L)', c.t, c.c), 'PC326', null,
  format('%s.%s cannot be encrypted', c.t, c.c))
from (values ('test_persons', 'plain'), ('test_persons', 'no'), ('audit_trail_2026_01', 'salt')) as c (t, c);

select throws_ok(
  $$ select comply.index_column('test_persons', 'name_bidx', 'plain') $$, 'PC326', null,
  'a blind index is of an encrypted column');

select is(
  pg_temp.attempt(r, null, $$ select comply.encrypt_column('test_persons', 'name') $$), '42501',
  format('%s does not decide what is encrypted', r))
from unnest(array['test_service', 'comply_admin']) as r;

select * from finish();
rollback;
