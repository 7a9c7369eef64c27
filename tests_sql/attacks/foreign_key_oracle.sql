-- The check behind a foreign key reads past row level security: whoever may reference a table asks it for any
-- key.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

create schema test_mine authorization test_service;

create function pg_temp.probe(tenant text)
returns text
language sql
as $$
  select pg_temp.attempt('test_service', 'test-acme', format($q$
    create table test_mine.guesses (tenant_id text references comply.tenant_configs (tenant_id));
    insert into test_mine.guesses values (%L)
  $q$, probe.tenant))
$$;

select is(pg_temp.probe('test-globex'), '42501', 'a service makes no table that references ours');
select is(pg_temp.probe('test-nobody'), '42501', 'whatever it asks for');

select is_empty(
  $$
    select c.oid::regclass, r.rolname
    from pg_class as c
    cross join pg_roles as r
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind in ('r', 'p')
      and r.rolname ~ '^comply_'
      and r.rolname <> 'comply_owner'
      and has_any_column_privilege(r.oid, c.oid, 'references')
  $$,
  'no role may reference any of our tables');

-- A key of ours asks for the tenant along with the rest, so it finds rows of the tenant that asks, and no
-- others.
select is_empty(
  $$
    select k.conname
    from pg_constraint as k
    join pg_attribute as a on a.attrelid = k.confrelid and a.attname = 'tenant_id'
    where k.contype = 'f'
      and k.connamespace = 'comply'::regnamespace
      and not a.attnum = any (k.confkey)
  $$,
  'and each key between them carries the tenant');

grant references on comply.tenant_configs to test_service;

select is(
  pg_temp.probe('test-globex'), '1',
  'granted by mistake, it would have told that one tenant is there');
select is(pg_temp.probe('test-nobody'), '23503', 'and another not');

select * from finish();
rollback;
