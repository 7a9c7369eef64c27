-- Who may call what, what is refused, and that the evidence is append-only for everybody.
begin;
set local search_path = tap, pg_catalog;
select plan(86);
\ir ../two_tenants.psql

create temp table door as
select *
from (
  values
    ('select comply.seal_batch()', array['comply_admin', 'comply_operator']),
    ('select comply.checkpoint()', array['comply_admin', 'comply_operator']),
    ('select comply.verify_audit()', array['comply_admin', 'comply_auditor', 'comply_operator']),
    ('select comply.verify_records(''storage_records'')',
     array['comply_admin', 'comply_auditor', 'comply_operator']),
    ('select comply.begin_incarnation(''a test'')', array['comply_admin']),
    ('select comply_private.drop_sealed_month(''audit_trail'', now(), ''a test'')', array[]::text[]),
    ('select comply_private.seal_block(null, null)', array[]::text[]),
    ('select from comply_private.ledger_leaves', array[]::text[])
) as d (statement, callers);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, d.statement) = '42501',
  not r = any (d.callers),
  format('%s %s: %s', r, case when r = any (d.callers) then 'may' else 'may not' end, d.statement))
from door as d
cross join unnest(array[
  'test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin', 'comply_operator']) as r
order by d.statement, r;

select ok(
  has_function_privilege(r, 'comply.seal_audit(interval)', 'execute')
    = (r in ('comply_admin', 'comply_operator')),
  format('comply.seal_audit() is open to %s or not, as a batch is', r))
from unnest(array[
  'comply_app', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin', 'comply_operator']) as r;

select throws_ok(format('select comply.seal_batch(%s)', a.arguments), 'PC203', null,
                 format('a batch (%s) is refused', a.arguments))
from unnest(array[
  'batch_rows => 0', 'batch_rows => -1', 'batch_rows => null', 'batch_rows => 10000001', 'max_age => null'])
  as a (arguments);

select throws_ok(
  $$ update comply_private.ledger_state set sealed_to = '9999999999'; select comply.seal_batch() $$,
  'PC204', null, 'a database that is younger than its ledger is not sealed');

-- One block, one checkpoint and one certificate to try to change.
insert into comply.ledger_blocks
values (
  'test-acme', 'audit_trail', 0, 1, '2024-01-01', 1, '3', '4', '3', '00000000-0000-0000-0000-000000000000', '3',
  '00000000-0000-0000-0000-000000000000', 1, sha256(''), sha256(''), sha256(''), now());
insert into comply.ledger_checkpoints values (0, 1, now(), 1, '4', 1, sha256(''), sha256(''), sha256(''));
insert into comply.destruction_certificates (
  tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)
values ('test-acme', 'storage_records', '2024-01-01', '2024-02-01', 1, sha256(''), 'a test');

create temp table change as
select c.statement, c.relation
from (
  values
    ('comply.ledger_blocks', 'leaf_count = 2'),
    ('comply.ledger_checkpoints', 'heads = 2'),
    ('comply.destruction_certificates', 'rows_destroyed = 2'),
    ('comply.audit_trail', 'salt = null, redacted_digest = sha256('''')'),
    ('comply.audit_trail', 'salt = gen_random_uuid()')
) as t (relation, changes)
cross join lateral (
  values
    (t.relation, format('update %s set %s', t.relation, t.changes)),
    (t.relation, format('delete from %s', t.relation)),
    (t.relation, format('truncate %s', t.relation))
) as c (relation, statement)
group by c.statement, c.relation;

select is(
  pg_temp.attempt('comply_owner', null, c.statement), 'PC002', format('the owner is refused: %s', c.statement))
from change as c
order by c.statement;

set local session_replication_role = replica;

select throws_ok(c.statement, 'PC002', null, format('and so is a superuser, as a replica: %s', c.statement))
from change as c
order by c.statement;

select * from finish();
rollback;
