begin;
set local search_path = tap, pg_catalog;
select plan(32);
\ir ../two_tenants.psql

create role test_admin login in role comply_admin;
create role test_analyst login in role comply_analyst;

-- As a schema file would, as the owner.
set local role comply_owner;
create table comply.test_notes (
  tenant_id text not null,
  id        uuid not null,
  note      text,
  sealed    bytea
);
comment on column comply.test_notes.note is 'What was said.';
grant select on comply.test_notes to comply_analyst;
reset role;

select set_eq(
  $$ select column_name, problem from comply.unclassified_columns() where table_name = 'test_notes' $$,
  $$ values ('tenant_id', 'no label'), ('id', 'no label'), ('note', 'no label'), ('sealed', 'no label') $$,
  'a new table has columns that nobody has classified');

select comply_private.label_internal('{test_notes}')
\g /dev/null

select is_empty(
  $$ select column_name from comply.unclassified_columns() where table_name = 'test_notes' $$,
  'until its schema file says that they are internal');

select is(comply_private.table_classification('test_notes'), 'internal', 'and so is the table');

-- Whoever may not

select is(pg_temp.attempt('test_service', 'test-acme',
  $$ select comply.classify_column('test_notes', 'note', 'public') $$), '42501', 'a service classifies nothing');
select is(pg_temp.attempt('comply_auditor', null,
  $$ select comply.classify_column('test_notes', 'note', 'public') $$), '42501', 'nor does an auditor');
select is(pg_temp.attempt('comply_operator', null,
  $$ update comply.column_labels set classification = 'public' $$), '42501', 'and nobody writes labels by hand');

select is(pg_temp.attempt('test_analyst', null, 'select note from comply.test_notes'), '0', 'an analyst reads a note');

-- Confidential

set local session authorization test_admin;
select ok(comply.classify_column('test_notes', 'note', 'confidential', 'end user', 'GDPR article 6(1)(f)'),
  'an administrator calls it confidential');
select ok(not comply.classify_column('test_notes', 'note', 'confidential', 'end user', 'GDPR article 6(1)(f)'),
  'twice changes nothing');
reset session authorization;

select is(pg_temp.attempt('test_analyst', null, 'select note from comply.test_notes'), '42501',
  'then analysts have lost it');
select is(pg_temp.attempt('test_analyst', null, 'select tenant_id, id, sealed from comply.test_notes'), '0',
  'and keep the others');
select is(
  col_description('comply.test_notes'::regclass, 3), 'What was said. [label: confidential, end user]',
  'the comment says so');
select is(comply_private.table_classification('test_notes'), 'confidential', 'retention takes the table for that');
select is(
  (select reviewed_by from comply.column_labels where table_name = 'test_notes' and column_name = 'note'), 'test_admin',
  'who said it is on record, and was not to be chosen');
select isnt_empty(
  $$
    select
    from comply_private.admin_events as e
    where e.object = 'comply.column_labels'
      and e.new_values ->> 'column_name' = 'note'
      and e.new_values ->> 'classification' = 'confidential'
      and e.user_id = 'test_admin'
  $$,
  'and when');

-- What would show it all the same

set local role comply_owner;
create view comply.test_view as select lower(n.sealed::text) as what from comply.test_notes as n;
grant select on comply.test_view to comply_analyst;
reset role;

select throws_ok(
  $$ select comply.classify_column('test_notes', 'sealed', 'confidential') $$, 'PC612', null,
  'a view of analysts that shows a column is in the way of its label');

set local role comply_owner;
revoke select on comply.test_view from comply_analyst;
grant select on comply.test_view to public;
reset role;

select throws_ok(
  $$ select comply.classify_column('test_notes', 'sealed', 'confidential') $$, 'PC612', null,
  'whoever of them has the view');

create role "Test everybody";
grant "Test everybody" to comply_analyst;
set local role comply_owner;
revoke select on comply.test_view from public;
grant select on comply.test_view to "Test everybody";
reset role;

select throws_ok(
  $$ select comply.classify_column('test_notes', 'sealed', 'confidential') $$, 'PC612', null,
  'through whatever role');

set local role comply_owner;
drop view comply.test_view;
grant select (sealed) on comply.test_notes to public;
reset role;

select throws_ok(
  $$ select comply.classify_column('test_notes', 'sealed', 'confidential') $$, 'PC612', null,
  'and so is what PUBLIC has');

set local role comply_owner;
revoke select (sealed) on comply.test_notes from public;
reset role;

-- Restricted

select throws_ok(
  $$ select comply.classify_column('test_notes', 'sealed', 'restricted') $$, 'PC611', null,
  'a column that takes plaintext is not restricted');

select ok(comply.classify_column('test_notes', 'note', 'restricted', 'end user', waiver => 'kept for a day, in a test'),
  'unless a waiver says why');

set local role comply_owner;
select comply.encrypt_column('test_notes', 'sealed')
\g /dev/null
reset role;

select ok(comply.classify_column('test_notes', 'sealed', 'restricted'), 'or it is encrypted');

-- Suspected

select ok(
  comply.classify_column('test_notes', 'id', 'confidential', 'end user', source => 'suspected', confidence => 0.7),
  'a suspicion is written down');
select set_eq(
  $$ select column_name, problem from comply.unclassified_columns() where table_name = 'test_notes' $$,
  $$ values ('id', 'nobody has reviewed what is suspected') $$,
  'and waits for a review');

select comply.classify_column('test_notes', 'note', 'internal'), comply.classify_column('test_notes', 'sealed', 'internal')
\g /dev/null
select is(comply_private.table_classification('test_notes'), 'internal', 'it changes no retention');
select ok(comply.classify_column('test_notes', 'id', 'internal'), 'a review may find nothing in it');
select is(col_description('comply.test_notes'::regclass, 2), null, 'and then no mark is left');

-- Names

select throws_ok($$ select comply.classify_column('test_notes', 'nothing', 'public') $$, 'PC610', null,
  'what is no column has no label');
select throws_ok($$ select comply.classify_column('pg_class', 'relname', 'public') $$, 'PC610', null,
  'nor has one of another schema');
select throws_ok($$ select comply.classify_column('test_notes', 'id', 'secret') $$, '23514', null,
  'and there are four classes');

select comply.classify_column('test_notes', 'note', 'confidential', 'end user')
\g /dev/null
set local role comply_owner;
alter table comply.test_notes rename column note to remark;
reset role;

select set_eq(
  $$ select column_name, problem from comply.unclassified_columns() where table_name = 'test_notes' $$,
  $$
    values ('remark', 'renamed: its label is under another name'), ('note', 'there is no such column')
  $$,
  'a column that was renamed is known by its comment');

select is_empty($$ select * from comply.exposed_columns() $$, 'and of all that is confidential, nobody reads more than meant');

select * from finish();
rollback;
