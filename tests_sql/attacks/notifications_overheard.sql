-- Channels have no privileges: what is said on one, every session of the database hears.
begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', 'listen comply'), '0',
  'any service listens on any channel');

create function pg_temp.speakers()
returns setof regprocedure
language sql
as $$
  select p.oid::regprocedure
  from pg_proc as p
  where p.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
    and p.prosrc ~* '\m(pg_)?notify\M'
$$;

select is_empty('select pg_temp.speakers()', 'so none of our functions says a thing');

select is_empty(
  $$
    select r.rulename
    from pg_rules as r
    where r.schemaname in ('comply', 'comply_private')
  $$,
  'nor does a rule, for there is none');

select pg_temp.weaken('comply_private.tg__set_updated_at', 'return new;',
                      'perform pg_notify(''comply'', new.tenant_id); return new;');

select isnt_empty('select pg_temp.speakers()', 'one that did would have been found');

select * from finish();
rollback;
