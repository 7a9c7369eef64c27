-- Who can change or remove a line of the trail was never there.
begin;
set local search_path = tap, pg_catalog;
select plan(41);
\ir ../two_tenants.psql

create temp table tampering as
select *
from (
  values
    (1, 'update', $$ update comply.audit_trail set actor = 'somebody else' $$),
    (2, 'delete', $$ delete from comply.audit_trail $$),
    (3, 'truncate', $$ truncate comply.audit_trail $$),
    (4, 'merge', $$
      merge into comply.audit_trail as t using (select 1) as one on true when matched then delete
    $$)
) as t (position, verb, statement);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, t.statement),
  '42501',
  format('%s does not %s the trail', r, t.verb))
from tampering as t
cross join unnest(array[
  'test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin',
  'comply_operator']) as r
order by t.position;

select is(
  pg_temp.attempt('comply_owner', null, t.statement), 'PC002',
  format('the owner is refused to %s it by mistake', t.verb))
from tampering as t
order by t.position;

select throws_ok(t.statement, 'PC002', null, format('as a superuser is to %s', t.verb))
from tampering as t
order by t.position;

select tableoid::regclass as partition from comply.audit_trail where tenant_id = 'test-globex' limit 1 \gset

select throws_ok(
  replace(t.statement, 'comply.audit_trail', :'partition'), 'PC002', null,
  format('or to %s a partition of it', t.verb))
from tampering as t
order by t.position;

set local session_replication_role = replica;

select throws_ok(t.statement, 'PC002', null, format('or to %s it as a replica would', t.verb))
from tampering as t
order by t.position;

set local session_replication_role = origin;
alter table comply.audit_trail disable trigger _100_refuse_change;

select lives_ok(
  $$ update comply.audit_trail set actor = 'somebody else' where tenant_id = 'test-globex' $$,
  'who owns the table and disables the trigger passes, which comply.health() tells of');

select * from finish();
rollback;
