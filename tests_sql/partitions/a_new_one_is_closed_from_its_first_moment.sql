begin;
set local search_path = tap, pg_catalog;
select plan(6);

set local comply.now = '2032-02-10 12:00+00';
select isnt_empty($$ select comply.ensure_partitions(0) $$, 'a month is made');

select is(
  (select c.relrowsecurity and c.relforcerowsecurity from pg_class as c
   where c.oid = 'comply.storage_records_2032_02'::regclass),
  true,
  'row level security is enabled and forced');

select is_empty(
  $$
    select
    from pg_class as c
    cross join aclexplode(c.relacl) as x
    where c.oid = 'comply.storage_records_2032_02'::regclass
      and x.grantee <> c.relowner
  $$,
  'nothing is granted');

select set_eq(
  $$
    select t.tgname, t.tgenabled
    from pg_trigger as t
    where t.tgrelid = 'comply.storage_records_2032_02'::regclass
      and not t.tgisinternal
  $$,
  $$
    select t.tgname, t.tgenabled
    from pg_trigger as t
    where t.tgrelid = 'comply.storage_records'::regclass
      and not t.tgisinternal
  $$,
  'it has every trigger of its parent, enabled alike');

-- A trigger that a later release adds reaches it as well.
create trigger _900_later
  before truncate
  on comply.storage_records
  for each statement
  execute function comply_private.tg__refuse('comply.storage_records', 'Not any more.');
select comply_private.guard_partitions('comply.storage_records');

select throws_ok(
  $$ truncate comply.storage_records_2032_02 $$,
  'PC002', null,
  'a trigger that came later guards it too');

select is(
  (select status from comply.health() where name = 'partitions_guarded'), 'ok',
  'and comply.health() finds nothing open');

select * from finish();
rollback;
