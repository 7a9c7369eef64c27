-- Whoever creates in our schemas puts something beside our functions that is found in their place.
begin;
set local search_path = tap, pg_catalog;
select plan(32);
\ir ../two_tenants.psql

create temp table planting as
select *
from (
  values
    ('a table', 'create table %s.planted ()'),
    ('a function', 'create function %s.planted() returns integer language sql return 1'),
    ('a type', 'create type %s.planted as enum ()'),
    ('an operator', 'create operator %s.= (leftarg = text, rightarg = text, function = texteq)'),
    ('a sequence', 'create sequence %s.planted')
) as p (what, statement);

select is(
  pg_temp.attempt(r, null, format(p.statement, s)), '42501',
  format('%s plants no %s in %s', r, split_part(p.what, ' ', 2), s))
from planting as p
cross join unnest(array['comply', 'comply_private']) as s
cross join unnest(array['test_service', 'comply_operator', 'comply_admin']) as r;

select is_empty(
  $$
    select n.nspname, r.rolname
    from pg_namespace as n
    cross join pg_roles as r
    where n.nspname in ('comply', 'comply_private')
      and r.rolname ~ '^comply_'
      and r.rolname <> 'comply_owner'
      and has_schema_privilege(r.oid, n.oid, 'create')
  $$,
  'no role but the owner creates in either');

grant create on schema comply to test_service;

select is(
  pg_temp.attempt('test_service', null, 'create table comply.planted ()'), '0',
  'granted by mistake, a service would have');

select * from finish();
rollback;
