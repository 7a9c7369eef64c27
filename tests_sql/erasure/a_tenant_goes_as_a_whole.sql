-- At once the keys and the door; then, batch by batch, what the trail says. Rows are retention's to destroy.
begin;
set local search_path = tap, pg_catalog;
select plan(17);
\ir ../two_tenants.psql

insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
select
  t.tenant_id, t.key_id::uuid, 'enc', 1, decode(repeat('11', 40), 'hex'), 'A256KW', 'file', '\x1111111111111111'
from (
  values
    ('test-acme', '00000000-0000-4000-8000-0000000000f1'), ('test-globex', '00000000-0000-4000-8000-0000000000f2')
) as t (tenant_id, key_id);

select comply.place_hold('test-acme', 'Matter 7', 'a test', '2000-01-01', '2000-02-01');
select is(
  (select concat_ws(' ', e.state, e.matter) from comply.erase_tenant('test-acme', 'contract over') as e),
  'deferred Matter 7', 'any hold of the tenant defers it');
select is(pg_temp.attempt('test_service', 'test-acme', 'select'), '1', 'which then goes on as before');
select comply.release_hold('test-acme', 'Matter 7', 'over');

select is(comply.redact_batch(), 1, 'once it is released, the next run carries it out');
select results_eq(
  $$ select e.state, e.key_ids, e.effective_at - e.shredded_at from comply.erasures as e $$,
  $$ values ('shredded', '{00000000-0000-4000-8000-0000000000f1}'::uuid[], interval '840:00:00') $$,
  'its keys are gone, and no others; copies live on');
select is(pg_temp.attempt('test_service', 'test-acme', 'select'), 'PC333', 'nobody enters it any more');
select is(pg_temp.attempt('comply_admin', 'test-acme', 'select'), 'PC333', 'administrators neither');
select is(pg_temp.attempt('test_service', 'test-globex', 'select'), '1', 'others are entered as before');
select ok(comply_private.is_erased('test-acme'), 'who asks hears that it is erased');
select ok(comply_private.is_erased('test-acme', 'anybody'), 'and with it each of its subjects');
select ok(not comply_private.is_erased('test-globex'), 'and no other is');

select is(
  (select count(*) from comply.storage_records as r where r.tenant_id = 'test-acme'), 1::bigint,
  'its rows are left to retention');

create temp table images_of_globex as
select a from comply.audit_trail as a where a.tenant_id = 'test-globex';

create function pg_temp.run()
returns integer
language plpgsql
as $$
declare
  v_calls integer := 0;
begin
  while comply.redact_batch(2) > 0 loop
    v_calls := v_calls + 1;
  end loop;
  return v_calls;
end;
$$;

select cmp_ok(pg_temp.run(), '>', 3, 'its images go in batches');
select is_empty(
  $$
    select a.table_name, a.operation
    from comply.audit_trail as a
    where a.tenant_id = 'test-acme'
      and (a.old_values is not null or a.new_values is not null)
      and a.table_name not in ('audit_trail', 'destruction_certificates', 'erasures', 'legal_holds')
  $$,
  'only what tells of the erasure itself has any');
select set_eq(
  $$ select a from comply.audit_trail as a where a.tenant_id = 'test-globex' $$, $$ select a from images_of_globex $$,
  'those of others are as they were');
select set_eq(
  $$ select d.table_name, d.rows_destroyed from comply.destruction_certificates as d $$,
  $$ values ('load_rejects', 1::bigint) $$,
  'what retention does not destroy goes under a certificate');
select is_empty(
  $$ select * from comply.verify_audit() where problem = 'redaction_unlawful' $$, 'all of that is lawful');
select is(
  (select e.state from comply.erase_tenant('test-acme', 'again') as e), 'shredded',
  'it is not done while rows are there, and a second call changes nothing');

select * from finish();
rollback;
