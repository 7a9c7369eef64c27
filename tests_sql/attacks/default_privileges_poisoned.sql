-- Default privileges decide who gets in to what is made later: the partition of next month, say.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    alter default privileges for role comply_owner grant select on tables to public
  $$),
  '42501',
  'a service sets none for the owner');

select is(
  pg_temp.attempt('comply_admin', null, $$
    alter default privileges for role comply_owner in schema comply grant select on tables to comply_app
  $$),
  '42501',
  'nor does an administrator');

select is_empty(
  $$
    select d.defaclobjtype, x.grantee::regrole, x.privilege_type
    from pg_default_acl as d
    cross join aclexplode(d.defaclacl) as x
    where d.defaclrole = 'comply_owner'::regrole
      and x.grantee <> d.defaclrole
  $$,
  'the owner has none that opens anything');

select is_empty(
  $$
    select c.oid::regclass, x.grantee::regrole
    from pg_class as c
    cross join aclexplode(c.relacl) as x
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and x.is_grantable
      and x.grantee <> c.relowner
  $$,
  'and nobody may pass on what was granted');

-- The owner makes the mistake itself, and a partition.
alter default privileges for role comply_owner in schema comply grant select on tables to comply_app;
select now() - interval '9 years' as long_ago \gset
select comply.ensure_past_partitions('model_metrics', :'long_ago', :'long_ago') as partition \gset

select is(
  pg_temp.attempt('test_service', 'test-acme', format('select from %s', :'partition')), '0',
  'such a grant on a new partition opens it to a name, but it has no policy, so it shows no row');

alter table :partition disable row level security;
set local role comply_owner;
insert into :partition (tenant_id, "timestamp", model_version, metric_name, metric_value)
values ('test-globex', now() - interval '9 years', 'test-1', 'precision', 0.5);
reset role;

select is(
  pg_temp.attempt('test_service', 'test-acme', format('select from %s', :'partition')), '1',
  'were partitions not guarded as they are made, it would have');

select * from finish();
rollback;
