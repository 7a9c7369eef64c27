-- An erasure may remove images from the trail. Whoever could pass for one could make evidence disappear.
begin;
set local search_path = tap, pg_catalog;
select plan(42);
\ir ../two_tenants.psql

select $$
  update comply.audit_trail as a
  set redacted_digest = sha256('\x05'::bytea || record_send(row(
        a.salt, convert_to(a.old_values::text, 'UTF8'), convert_to(a.new_values::text, 'UTF8')))),
      salt = null,
      old_values = null,
      new_values = null
  where a.tenant_id = 'test-acme'
    and a.redacted_digest is null
    and a.table_name = 'storage_records'
$$ as redaction \gset

create temp table way as
select *
from (
  values
    (1, 'as it is', ''),
    (2, 'with a setting', 'set local comply.redacting = ''on''; set local comply.erasure_id = ''1'';'),
    (3, 'with a table of the same name', $$
      create temp table redaction_permits as
      select 'test-acme' as tenant_id, gen_random_uuid() as erasure_id, pg_current_xact_id() as transaction_id;
      set local search_path = pg_temp;
    $$),
    (4, 'with a function of the same name', $$
      create function pg_temp.may_redact() returns boolean language sql as 'select true';
      set local search_path = pg_temp;
    $$)
) as t (position, what, before);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, w.before || :'redaction'),
  case when r = 'comply_owner' then 'PC002' else '42501' end,
  format('%s redacts nothing %s', r, w.what))
from way as w
cross join unnest(array['test_service', 'comply_admin', 'comply_operator', 'comply_auditor', 'comply_owner']) as r
order by w.position, r;

select is(
  pg_temp.attempt(r, null, $$
    insert into comply_private.redaction_permits (tenant_id, erasure_id) values ('test-acme', gen_random_uuid())
  $$),
  '42501', format('%s writes no permit', r))
from unnest(array['test_service', 'comply_admin', 'comply_operator', 'comply_auditor']) as r;

select is(
  pg_temp.attempt(r, null, f.call), '42501', format('%s does not call %s', r, f.call))
from unnest(array['test_service', 'comply_admin', 'comply_operator']) as r
cross join unnest(array[
  $$ select comply_private.redact_subject('test-acme', 'x', gen_random_uuid(), '{}') $$,
  $$ select comply_private.redact_tenant_batch('test-acme', gen_random_uuid(), 1000) $$]) as f (call);

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select comply.erase_subject('test-acme', 'p', 'a request') $$), '42501',
  'a service erases nothing');

-- Even the owner, who can write a permit, only removes images, and leaves a line for each.
set local role comply_owner;
insert into comply_private.redaction_permits (tenant_id, erasure_id)
values ('test-acme', '00000000-0000-4000-8000-0000000000e1');

select throws_ok(c.statement, 'PC002', null, format('with a permit: %s', c.what))
from (
  values
    ('no row goes', $$ delete from comply.audit_trail where tenant_id = 'test-acme' $$),
    ('nor do all', $$ truncate comply.audit_trail $$),
    ('no actor is another', $$ update comply.audit_trail set actor = 'x' where tenant_id = 'test-acme' $$),
    ('no image is another', $$ update comply.audit_trail set new_values = '{}' where tenant_id = 'test-acme' $$),
    ('nothing is noted that did not happen',
     $$ update comply.audit_trail set actor = actor where tenant_id = 'test-acme' $$),
    ('no digest is another', replace(:'redaction', '\x05', '\x06')),
    ('no other tenant loses anything', replace(:'redaction', 'test-acme', 'test-globex'))
) as c (what, statement);

select tableoid::regclass as partition from comply.audit_trail where tenant_id = 'test-acme' limit 1 \gset
reset role;
select lives_ok(
  replace(:'redaction', 'comply.audit_trail', :'partition'), 'an image goes, also from the partition itself');

select is(
  (
    select count(*)
    from comply.audit_trail as a
    where a.operation = 'REDACT'
      and a.new_values ->> 'erasure_id' = '00000000-0000-4000-8000-0000000000e1'
  ),
  1::bigint,
  'and leaves its line, whether its author wants that or not');

-- Seen to matter.
delete from comply_private.redaction_permits;
alter table comply.audit_trail disable trigger _100_refuse_change;
select lives_ok(replace(:'redaction', 'test-acme', 'test-globex'), 'with the guard off, images go without a line');
select is(
  (select count(*) from comply.verify_audit() as v where v.problem = 'redaction_unlawful'), 1::bigint,
  'which comply.verify_audit() finds');

select * from finish();
rollback;
