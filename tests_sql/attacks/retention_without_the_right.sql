-- Somebody wants rows gone that have to stay, or gone without a trace: by rules, approvals, holds, permits and a
-- clock of their own. '42501' is what each of them gets.
begin;
set local search_path = tap, pg_catalog;
select plan(18);
\ir ../old_months.psql

select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', 'delete') \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 20);
select pg_temp.enforce();

create role test_service login in role comply_app;
create role test_reader login in role comply_reader;
create role test_analyst login in role comply_analyst;
create role test_auditor login in role comply_auditor;
create role test_plain_operator login in role comply_operator;

create function pg_temp.tried(login text, statement text)
returns text
language plpgsql
as $$
declare
  v_result text;
begin
  execute format('set local session authorization %I', tried.login);
  execute tried.statement into v_result;
  raise exception '%', coalesce(v_result, 'null') using errcode = 'TEST0';
exception
  when others then
    return case sqlstate when 'TEST0' then sqlerrm else sqlstate end;
end;
$$;

create temp table try as
select *
from (
  values
    ('reads the plan', 'select count(*) >= 0 from comply.retention_plan()', array['auditor', 'operator']),
    ('reads what is due', 'select count(*) >= 0 from comply.due_retention()', array['auditor', 'operator']),
    ('reads the items', 'select count(*) > 0 from comply.retention_items', array['auditor', 'operator']),
    ('reads the rules of others', 'select count(*) > 0 from comply.retention_policies', array['auditor']),
    ('plans', 'select comply.plan_retention() >= 0', array['operator']),
    ('moves items on',
     'select comply.advance_retention(''00000000-0000-0000-0000-000000000000'') is not null', array['operator']),
    ('approves', format('select comply.approve_retention(%L)', pg_temp.item('01')), null),
    ('withdraws', format('select comply.withdraw_retention(%L, %L)', pg_temp.item('01'), 'x'), null),
    ('sets a rule', 'select comply.set_retention_policy(''*'', ''*'', ''1 day'', ''x'')', null),
    ('drops one', 'select comply.drop_retention_policy(''test-acme'', ''*'')', null),
    ('lifts a bound', 'select comply.set_retention_bound(''audit_trail'', ''x'')', null),
    ('ends the days of grace', 'select comply.set_retention_settings(grace => ''0'')', null),
    ('places a hold', 'select comply.place_hold(''test-acme'', ''x'', ''x'')', null),
    ('releases one', 'select comply.release_hold(''test-acme'', ''x'', ''x'')', null)
) as t (what, statement, allowed);

select is(
  (
    select string_agg(l.login, ', ' order by l.login)
    from unnest(array['service', 'reader', 'analyst', 'auditor', 'operator']) as l (login)
    where pg_temp.tried(
            case l.login when 'operator' then 'test_plain_operator' else 'test_' || l.login end, t.statement)
          = 'true'
  ),
  array_to_string(t.allowed, ', '),
  'who ' || t.what || ', of those who are no administrators')
from try as t;

-- The clock of this test is set, years ahead, for everybody; it counts for the owner's own.
select is(
  array[
    pg_temp.tried('test_plain_operator', 'select count(*) from comply.retention_plan() where tenant = ''test-acme'''),
    pg_temp.tried('test_operator', 'set local role comply_operator;
      select count(*) from comply.retention_plan() where tenant = ''test-acme''')
  ],
  array['0', '1'], 'a clock of one''s own makes nothing expire');

-- A permit of one's own: the table is out of reach, a setting is none, and so is a temporary table of that name.
select is(
  array[
    pg_temp.tried('test_service',
      'insert into comply_private.destruction_permits values (pg_current_xact_id()) returning 1'),
    pg_temp.tried('test_admin',
      'insert into comply_private.destruction_permits values (pg_current_xact_id()) returning 1'),
    pg_temp.tried('test_service', 'select comply_private.permit_destruction()'),
    pg_temp.tried('test_plain_operator', 'select comply_private.permit_destruction()')
  ],
  array['42501', '42501', '42501', '42501'], 'nobody gives himself a permit');

create temp table destruction_permits (transaction_id xid8);
insert into destruction_permits values (pg_current_xact_id());
insert into comply_private.destruction_permits values ('1'), ((pg_current_xact_id()::text::bigint + 1)::text::xid8);
set local comply.destruction_permit = 'on';
delete from comply.storage_records as r where r.tenant_id = 'test-acme' and r."timestamp" = '2030-01-10';
select is(
  (select a.old_values ? 'mapped_data' from comply.audit_trail as a
   where a.operation = 'DELETE' and a.table_name = 'storage_records'),
  true, 'nor does another transaction''s permit, a setting or a table of that name keep the image out of the trail');

-- Seen to work: with a permit of this very transaction it is.
insert into comply_private.destruction_permits values (pg_current_xact_id());
delete from comply.storage_records as r where r.tenant_id = 'test-acme' and r."timestamp" = '2030-01-10 01:00+00';
select is(
  (select a.old_values ? 'mapped_data' from comply.audit_trail as a
   where a.operation = 'DELETE' and a.table_name = 'storage_records'
   order by a.id desc limit 1),
  false, 'while one of this transaction does');

select * from finish();
rollback;
