-- Ways of a verbose tenant's reader to read and not to be in the log. What rolls back takes its row with it: the
-- number that is missing tells, and the server's log, of which a test in runner/tests has the proof.
begin;
set local search_path = tap, pg_catalog;
select plan(21);
\ir ../two_tenants.psql

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

create function pg_temp.logged()
returns bigint
language sql
security definer
as $$ select count(*) from comply.access_log where transaction_id = pg_current_xact_id() $$;
grant execute on function pg_temp.logged() to public;

create function pg_temp.read_by(preparation text)
returns text
language plpgsql
as $$
declare
  v_before bigint := pg_temp.logged();
begin
  set local session authorization test_service;
  perform comply.enter('test-acme');
  execute preparation;
  perform count(*) from comply.storage_records;
  raise exception '%', pg_temp.logged() - v_before using errcode = 'TEST0';
exception
  when others then
    return case sqlstate when 'TEST0' then sqlerrm else sqlstate end;
end;
$$;

select is(pg_temp.read_by(a.preparation), '1', a.what)
from (
  values
    ('a setting named like the level changes nothing', $$ set local comply.audit_level = 'standard' $$),
    ('nor does one named like the column', $$ set local tenant_configs.audit_level = 'minimal' $$),
    ('nor an actor that is too long for an index',
     $$ select set_config('comply.actor', (select string_agg(md5(n::text), '') from generate_series(1, 1000) as n), true) $$),
    ('nor a program that is',
     $$ select set_config('application_name', repeat('x', 100000), true) $$),
    ('nor a clock', $$ set local comply.now = '1999-01-01' $$),
    ('nor the client''s own level of messages', $$ set local client_min_messages = error $$),
    ('nor a table of the name in pg_temp',
     $$ create temp table tenant_configs (tenant_id text, audit_level text); create temp table access_log (id uuid) $$),
    ('nor a function of the name in pg_temp',
     $$ create function pg_temp.note_read(text) returns boolean language sql return true $$),
    ('nor another path', $$ set local search_path = pg_temp, comply $$),
    ('nor a policy of the name on a table of one''s own',
     $$ create temp table storage_records (tenant_id text);
        create policy storage_records_tenant_reads_noted on pg_temp.storage_records using (true) $$),
    ('nor parallel plans',
     $$ set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0;
        set local min_parallel_table_scan_size = 0 $$),
    ('nor a generic plan', $$ set local plan_cache_mode = force_generic_plan $$),
    ('nor replication''s role, which is not a service''s to set',
     $$ do $do$ begin set local session_replication_role = replica; exception when others then null; end $do$ $$)
) as a (what, preparation);

select is(pg_temp.read_by('set local row_security = off'), '42501', 'without policies there is no read');
select is(pg_temp.read_by('set local log_min_messages = panic'), '42501', 'the server''s log is not the reader''s');
select is(pg_temp.read_by('set local log_min_error_statement = panic'), '42501', 'nor is what it says of statements');
select is(pg_temp.read_by($$ update comply.tenant_configs set audit_level = 'standard' $$), '42501',
  'nor is the level');
select is(pg_temp.read_by('select comply_private.log_reads()'), '42501', 'nor are the policies');

-- A reader who rolls back.
select last_value as before from comply_private.access_log_seq \gset
savepoint reading;
set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records \g /dev/null
rollback to reading;

select is(pg_temp.logged(), 0::bigint, 'who rolls back takes the row away');
select is(last_value, :'before'::bigint + 1, 'but not the number') from comply_private.access_log_seq;

set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records \g /dev/null
reset session authorization;

select is(
  (select min(l.seq) from comply.access_log as l where l.transaction_id = pg_current_xact_id()),
  :'before'::bigint + 2,
  'so the next row tells that one is missing');

select * from finish();
rollback;
