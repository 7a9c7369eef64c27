-- What administrators did is told, by which right, and what services did is not.
begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir ../two_tenants.psql
create role test_chief login in role comply_admin;
create role test_auditor login in role comply_auditor;
create role test_both login in role comply_app, comply_admin;
create role test_gone login in role comply_app;

set local session authorization test_service;
select comply.enter('test-acme') \g /dev/null
update comply.storage_records set metadata = '{"by": "service"}';
set local session authorization test_chief;
update comply.tenant_configs set display_name = 'By chief' where tenant_id = 'test-acme';
select comply.rotate_context_key('test-key', decode(repeat('22', 32), 'hex')) \g /dev/null
select comply.set_profile('trusted', '2 hours') \g /dev/null
select comply.set_profile('trusted', '2 hours') \g /dev/null
select comply.retire_context_key('test-key') \g /dev/null
set local session authorization test_both;
set local role comply_admin;
update comply.tenant_configs set display_name = 'By both' where tenant_id = 'test-acme';
reset role;
set local session authorization test_gone;
select comply.enter('test-acme') \g /dev/null
update comply.storage_records set metadata = '{"by": "gone"}';
reset session authorization;
drop role test_gone;

create temp view told as
select p.*
from comply.privileged_activity(now() - interval '1 minute', now() + interval '1 minute') as p
where p.user_id ~ '^test_'
  and p.user_id <> 'test_deployer';
grant select on told to test_auditor;

set local session authorization test_auditor;

select set_eq(
  $$ select t.user_id, t.action, t.object, t.active_role, t.reason from told as t where t.source = 'trail' $$,
  $$
    values
      ('test_chief', 'UPDATE', 'tenant_configs', null, 'member of comply_admin'),
      ('test_both', 'UPDATE', 'tenant_configs', 'comply_admin', 'member of comply_admin'),
      ('test_gone', 'UPDATE', 'storage_records', null, 'login or role is gone')
  $$,
  'in the trail: an administrator, who took on that role, whom nobody knows any more; no service');

select set_eq(
  $$
    select
      t.action, t.object, t.reason,
      t.detail #>> '{after,state}' as state,
      t.detail #>> '{after,token_lifetime}' as lifetime
    from told as t
    where t.source = 'administration'
  $$,
  $$
    values
      ('INSERT', 'comply_private.context_keys', 'member of comply_admin', 'active', null),
      ('UPDATE', 'comply_private.context_keys', 'member of comply_admin', 'retired', null),
      ('UPDATE', 'comply_private.context_settings', 'member of comply_admin', null, 'PT2H')
  $$,
  'beside it: keys and profile, and nothing where nothing changed');

select is(
  (select count(*) from told as t where t.source = 'administration'), 3::bigint, 'each once');

select is_empty(
  $$ select t.detail from told as t where t.detail::text ~ 'pad|(36|22|5c|14|7e){8}' $$, 'and never a key');

select is_empty(
  $$ select p.happened_at from comply.privileged_activity('2001-01-01', '2001-02-01') as p $$,
  'a time in which nothing happened has nothing');

reset session authorization;

select is(
  pg_temp.attempt(
    r.role, null, $$ select from comply.privileged_activity(now() - interval '1 minute', now()) $$),
  '42501', r.role || ' may not ask')
from unnest(array['test_service', 'comply_reader', 'comply_analyst', 'comply_operator']) as r (role);

-- Whoever owns the tables leaves a row as well.
set local role comply_owner;
delete from comply_private.context_keys where kid = 'test-key';
reset role;

select is(
  (
    select array_agg(concat_ws(' ', e.action, e.object, e.active_role))
    from comply.admin_events(now() - interval '1 minute', now() + interval '1 minute') as e
    where e.source = 'administration'
      and e.action = 'DELETE'
  ),
  array['DELETE comply_private.context_keys comply_owner'],
  'a key that is deleted by hand is told of');

select throws_ok(
  'delete from comply_private.admin_events', 'PC002', null, 'and what is told stays, even for a superuser');

select throws_ok(
  'truncate comply_private.admin_events', 'PC002', null, 'all of it');

select * from finish();
rollback;
