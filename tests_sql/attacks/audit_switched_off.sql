-- What is done while the triggers sleep is in no trail.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt(r, null, s.statement), '42501', format('%s does not %s', r, s.what))
from (
  values
    (1, 'disable the triggers', 'alter table comply.storage_records disable trigger all'),
    (2, 'pose as a replica', 'set local session_replication_role = replica'),
    (3, 'drop a trigger', 'drop trigger _500_audit_insert on comply.storage_records'),
    (4, 'replace the function', $$
      create or replace function comply_private.tg_storage_records__audit()
      returns trigger language plpgsql as 'begin return null; end'
    $$)
) as s (position, what, statement)
cross join unnest(array['test_service', 'comply_admin']) as r
order by s.position;

create function pg_temp.lines_of_a_change()
returns bigint
language plpgsql
as $$
declare
  v_lines bigint;
begin
  update comply.storage_records set blob_path = 'seen' where tenant_id = 'test-acme';

  select count(*)
  into v_lines
  from comply.audit_trail as a
  where a.record_id = '00000000-0000-7000-8000-00000000000a'
    and a.new_values ->> 'blob_path' = 'seen';

  raise exception '%', v_lines using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm::bigint;
end;
$$;

select is(pg_temp.lines_of_a_change(), 1::bigint, 'a change leaves its line');

set local session_replication_role = replica;
select is(pg_temp.lines_of_a_change(), 1::bigint, 'also that of a superuser who poses as a replica');
set local session_replication_role = origin;

select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-acme' \gset
select lives_ok(
  format('update %s set blob_path = %L where tenant_id = %L', :'partition', 'aside', 'test-acme'),
  'a superuser can change a partition itself');

select isnt_empty(
  $$ select from comply.audit_trail where new_values ->> 'blob_path' = 'aside' $$,
  'which leaves a line as well');

alter table comply.storage_records disable trigger _510_audit_update;
select is(
  pg_temp.lines_of_a_change(), 0::bigint,
  'with the trigger disabled, which needs the owner, it would not');

select * from finish();
rollback;
