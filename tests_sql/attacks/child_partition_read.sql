-- Row level security is asked of the table that a query names: whoever may name a partition reads every
-- tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-globex' \gset

savepoint without_defence;
grant select on :partition to comply_app;
alter table :partition disable row level security;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from $$ || :'partition' || $$ where tenant_id = 'test-globex' $$),
  '1',
  'granted and open, a partition shows the other tenant''s record');

rollback to without_defence;
grant select on :partition to comply_app;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from $$ || :'partition'),
  '0',
  'granted by mistake, it shows nothing, for it has no policy');

rollback to without_defence;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from $$ || :'partition'),
  '42501',
  'as it is, it cannot be named');

select is_empty(
  $$
    select i.inhrelid::regclass, r.rolname
    from pg_inherits as i
    join pg_class as c on c.oid = i.inhrelid
    cross join pg_roles as r
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'r'
      and r.rolname ~ '^comply_'
      and r.rolname <> 'comply_owner'
      and has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')
  $$,
  'nor can any other partition, by any role');

set local role comply_owner;

select is_empty(
  'select from ' || :'partition',
  'and its owner, for whom no policy opens it, finds it empty');

select * from finish();
rollback;
