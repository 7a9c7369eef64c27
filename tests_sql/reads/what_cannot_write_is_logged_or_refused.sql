-- A read-only transaction, and every transaction of a standby, has no place for a row.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

create function pg_temp.read_only(login text, tenant text, statement text)
returns text
language sql
as $$
  select pg_temp.attempt(read_only.login, null, format(
    $q$ do $do$ begin
          if %1$L <> '' then perform comply.enter(%1$L); end if;
          set local transaction_read_only = on;
          %2$s;
        end $do$ $q$, coalesce(read_only.tenant, ''), read_only.statement))
$$;

select last_value as before from comply_private.access_log_seq \gset

select is(pg_temp.read_only('test_service', 'test-acme', 'perform from comply.storage_records'), '0',
  'a verbose tenant reads: the server''s log has the line');
select is(pg_temp.read_only('test_service', 'test-acme', $$ perform from comply.search_records('{}') $$), '0',
  'and searches');
select is(pg_temp.read_only('comply_admin', null, 'perform from comply.storage_records'), '0',
  'so does an administrator');
select is(last_value, :'before'::bigint, 'no number is drawn for what leaves no row') from comply_private.access_log_seq;

select throws_ok($$ select comply.set_unwritable_reads('perhaps') $$, '23514', null, 'there are two answers');

set local session authorization comply_admin;
select comply.set_unwritable_reads('refuse');
reset session authorization;

select is(pg_temp.read_only('test_service', 'test-acme', 'perform from comply.storage_records'), 'PC210',
  'unless an administrator has that refused');
select is(pg_temp.read_only('test_service', 'test-acme', $$ perform from comply.search_records('{}') $$), 'PC210',
  'the search too');
select is(pg_temp.read_only('comply_admin', null, 'perform from comply.storage_records'), 'PC210',
  'and his own reads');
select is(pg_temp.read_only('test_service', 'test-globex', 'perform from comply.storage_records'), '0',
  'a tenant that is not verbose reads as ever');
select is(pg_temp.attempt('test_service', 'test-acme', 'select from comply.storage_records'), '1',
  'and a verbose one in a transaction that can write');
select is(pg_temp.attempt('test_service', 'test-acme', $$ select comply.set_unwritable_reads('log') $$), '42501',
  'a service does not change that');

select * from finish();
rollback;
