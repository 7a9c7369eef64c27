-- A log of reads that its readers can write accuses whom they like, and one that can be changed nobody.
begin;
set local search_path = tap, pg_catalog;
select plan(54);
\ir ../two_tenants.psql

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records \g /dev/null
select comply.report_denial('42501', 'storage_records') \g /dev/null
reset session authorization;

create temp table tampering as
select t.name, v.verb, format(v.statement, t.name) as statement
from unnest(array['comply.access_log', 'comply.security_events']) as t (name)
cross join (
  values
    ('insert', 'insert into %1$s select * from %1$s'),
    ('update', 'update %s set actor = ''somebody else'''),
    ('delete', 'delete from %s'),
    ('truncate', 'truncate %s')
) as v (verb, statement);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, t.statement), '42501',
  format('%s does not %s %s', r, t.verb, t.name))
from tampering as t
cross join unnest(array['test_service', 'comply_reader', 'comply_auditor', 'comply_admin']) as r
order by t.name, t.verb, r;

select throws_ok(t.statement, 'PC002', null, format('a superuser is refused to %s %s by mistake', t.verb, t.name))
from tampering as t
where t.verb <> 'insert'
order by t.name, t.verb;

select throws_ok(
  replace(t.statement, t.name, (
    select i.inhrelid::regclass::text from pg_inherits as i where i.inhparent = t.name::regclass limit 1)),
  'PC002', null, format('or to %s a partition of %s', t.verb, t.name))
from tampering as t
where t.verb <> 'insert'
order by t.name, t.verb;

-- The functions that write are not to be called.
select is(
  pg_temp.attempt('test_service', 'test-acme', format('select comply_private.%s', f.call)), '42501',
  format('a service does not call %s', f.call))
from unnest(array[
  'note_read(''storage_records'')', 'write_access(''test-globex'', ''storage_records'')',
  'write_event(''PC006'', ''forged'')', 'log_line(''comply.access'', ''{}'')']) as f (call);

select is(
  pg_temp.attempt('comply_admin', null, 'select nextval(''comply_private.access_log_seq'')'), '42501',
  'nobody makes gaps');

-- What a service may report is about itself.
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.report_denial('XX000') $$), 'PC211',
  'a service reports denials, nothing else');
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.report_denial(null) $$), 'PC211',
  'with a code');

set local session authorization test_service;
select comply.enter('test-acme', 'ana');
select comply.report_denial('42501', 'storage_records', repeat('x', 1000)) as id \gset
reset session authorization;

select results_eq(
  format($$ select e.tenant_id, e.user_id, e.actor, e.code, e.table_name, length(e.message)
            from comply.security_events as e where e.id = %L $$, :'id'),
  $$ values ('test-acme', 'test_service', 'ana', '42501', 'storage_records', 300) $$,
  'under its own login, for its own tenant, and no novel');

select is(
  pg_temp.attempt('test_service', 'test-globex', format($$ select from comply.security_events where id = %L $$, :'id')),
  '0', 'another tenant does not see it');

select is(
  pg_temp.attempt('comply_auditor', null, format($$ select from comply.security_events where id = %L $$, :'id')),
  '1', 'an auditor does');

select * from finish();
rollback;
