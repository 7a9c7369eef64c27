-- The trail keeps changes; what a person asks for are states: each can be told exactly, at any time.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql
\ir ../changes.psql

-- The test notes each state beside the trail, by the same conversion under the settings that the trail pins.
set local timezone = 'UTC';
create temp table states (step integer, at timestamptz, state jsonb);

create function pg_temp.note(step integer)
returns void
language sql
as $$
  insert into states
  select note.step, clock_timestamp(), (
    select to_jsonb(r) from comply.storage_records as r where r.id = '00000000-0000-7000-8000-000000000101')
$$;

select comply.enter('test-acme', 'alice', '00000000-0000-4000-8000-0000000000c2');
select pg_temp.note(0);
select pg_temp.left_by(pg_temp.insert_of(1));
select pg_temp.note(1);
update comply.storage_records
set confidence_score = 0.1::float8 + 0.2::float8, metadata = '{"n": null, "deep": {"a": [1.10, "é"]}}'
where id = '00000000-0000-7000-8000-000000000101';
select pg_temp.note(2);
update comply.storage_records
set confidence_score = null, metadata = '{"n": null, "deep": {"a": [1.1, "é"]}}'
where id = '00000000-0000-7000-8000-000000000101';
select pg_temp.note(3);
update comply.storage_records
set azure_region = azure_region
where id = '00000000-0000-7000-8000-000000000101';
delete from comply.storage_records where id = '00000000-0000-7000-8000-000000000101';
select pg_temp.note(4);
select pg_temp.left_by(pg_temp.insert_of(1));
select pg_temp.note(5);

create temp view history as
select *
from comply.record_history('storage_records', '00000000-0000-7000-8000-000000000101')
with ordinality as h;

select results_eq(
  $$ select h.operation, h.changed_columns from history as h order by h.ordinality $$,
  $$
    values
      ('INSERT', null),
      ('UPDATE', array['confidence_score', 'metadata']),
      ('UPDATE', array['confidence_score', 'metadata']),
      ('DELETE', null),
      ('INSERT', null)
  $$,
  'every change in its order, with the columns that it changed; a change of nothing is none');

select results_eq(
  $$ select h.before::text, h.after::text from history as h order by h.ordinality $$,
  $$
    select lag(s.state::text) over (order by s.step), s.state::text
    from states as s
    order by s.step
    offset 1
  $$,
  'before and after are the states, to the letter');

select is(
  comply.record_as_of('storage_records', '00000000-0000-7000-8000-000000000101', s.at)::text, s.state::text,
  format('the state after step %s', s.step))
from states as s
order by s.step;

select results_eq(
  $$
    select t.operation, t.record_id, t.actor
    from comply.trace('00000000-0000-4000-8000-0000000000c2') as t
  $$,
  $$
    select h.operation, '00000000-0000-7000-8000-000000000101'::uuid, 'alice'
    from history as h
    order by h.ordinality
  $$,
  'the trace of a request is every change that was made for it, in its order');

select is(
  (select count(*)
   from comply.record_history('comply.storage_records', '00000000-0000-7000-8000-000000000101')),
  5::bigint, 'a table may be named with its schema');

select throws_ok(
  $$ select comply.record_history('storage_records_2026', '00000000-0000-7000-8000-000000000101') $$,
  'PC201', null,   'one that is not audited is refused');

set local role comply_reader;
select comply.enter('test-globex');
select is_empty(
  $$ select from comply.record_history('storage_records', '00000000-0000-7000-8000-000000000101') $$,
  'another tenant sees no history');
reset role;

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-acme';
update comply.storage_records set azure_region = 'uksouth' where id = '00000000-0000-7000-8000-000000000101';

select throws_ok(
  $$
    select comply.record_as_of('storage_records', '00000000-0000-7000-8000-000000000101', clock_timestamp())
  $$,
  'PC202', null, 'a state that was not kept is refused, not invented');

select * from finish();
rollback;
