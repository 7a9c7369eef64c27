-- 150,000 lines of each log, of 30 tenants, 500 actors and 60,000 records, over four months.
begin;
set local search_path = tap, pg_catalog;
select plan(30);
\ir ../two_tenants.psql

select comply.ensure_partitions(3);
select comply.add_tenant('test-7');
alter table comply.audit_trail disable trigger user;

insert into comply.audit_trail (
  tenant_id, id, "timestamp", table_name, record_id, operation, user_id, actor, correlation_id, transaction_id)
select
  format('test-%s', i % 30), gen_random_uuid(),
  date_trunc('month', now(), 'UTC') + i * interval '1 minute',
  'storage_records',
  format('00000000-0000-7000-9000-%s', lpad(to_hex(i % 60000), 12, '0'))::uuid,
  'UPDATE', format('login-%s', i % 7),
  case when i % 10 > 0 then format('actor-%s', i % 500) end,
  format('00000000-0000-4000-9000-%s', lpad(to_hex(i / 4), 12, '0'))::uuid, '1'
from generate_series(1, 150000) as i;

insert into comply.access_log (
  tenant_id, id, "timestamp", table_name, user_id, actor, correlation_id, query_text, seq, transaction_id)
select
  case when i % 50 = 0 then '_system' else format('test-%s', i % 30) end, gen_random_uuid(),
  date_trunc('month', now(), 'UTC') + i * interval '1 minute',
  case i % 3 when 0 then 'storage_records' when 1 then 'audit_trail' else 'model_metrics' end,
  format('login-%s', i % 7),
  case when i % 10 > 0 then format('actor-%s', i % 500) end,
  format('00000000-0000-4000-9000-%s', lpad(to_hex(i / 4), 12, '0'))::uuid, 'select ?', i, '1'
from generate_series(1, 150000) as i;

analyze comply.audit_trail;
analyze comply.access_log;

-- A story among them: somebody writes, somebody reads, an administrator looks.

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

set local session authorization test_service;
select comply.enter('test-acme', 'test-ana', '00000000-0000-4000-8000-0000000000cc');
update comply.storage_records set blob_path = 'x' \g /dev/null
select comply.enter('test-acme', 'test-ben', '00000000-0000-4000-8000-0000000000cd');
select * from comply.storage_records \g /dev/null
select * from comply.model_metrics \g /dev/null
select comply.enter('test-globex', 'test-eve', '00000000-0000-4000-8000-0000000000ce');
select * from comply.storage_records \g /dev/null
reset session authorization;

create role test_admin login in role comply_admin;
set local session authorization test_admin;
select comply.enter('test-acme');
select count(*) from comply.storage_records where model_version = 'secret' \g /dev/null
reset session authorization;

create function pg_temp.report_as(login text, tenant text, arguments text)
returns table (told text)
language plpgsql
as $$
declare
  v_told text[];
begin
  execute format('set local session authorization %I', login);
  if tenant is not null then
    perform comply.enter(tenant);
  end if;
  execute format(
    $q$ select array_agg(concat_ws(' ', r.tenant_id, r.operation, r.basis, r.table_name, coalesce(r.actor_name, r.user_id))
                         order by r.entry_id)
        from comply.access_report(%s) as r $q$, arguments)
  into v_told;
  raise exception '%', coalesce(to_json(v_told)::text, '[]') using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    -- The crowd is there for the plans.
    return query
    select t.line
    from json_array_elements_text(sqlerrm::json) as t (line)
    where t.line !~ '(login|actor)-\d';
end;
$$;

select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ subject => '00000000-0000-7000-8000-00000000000a' $q$) $$,
  $$
    values
      ('test-acme INSERT record storage_records postgres'),
      ('test-acme UPDATE record storage_records test-ana'),
      ('test-acme SELECT table storage_records test-ben'),
      ('_system SELECT table storage_records test_admin')
  $$,
  'of a record: who wrote it, who read its table, and administrators; not other tables or tenants');

select bag_eq(
  $$ select * from pg_temp.report_as('comply_reader', 'test-acme', $q$ subject => '00000000-0000-7000-8000-00000000000a' $q$) $$,
  $$
    values
      ('test-acme INSERT record storage_records postgres'),
      ('test-acme UPDATE record storage_records test-ana'),
      ('test-acme SELECT table storage_records test-ben')
  $$,
  'its tenant is told of its own part');

select is_empty(
  $$ select * from pg_temp.report_as('comply_reader', 'test-globex', $q$ subject => '00000000-0000-7000-8000-00000000000a' $q$) $$,
  'and another tenant of nothing');

select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ subject => '00000000-0000-4000-8000-0000000000CD' $q$) $$,
  $$ values ('test-acme SELECT request storage_records test-ben'), ('test-acme SELECT request model_metrics test-ben') $$,
  'of a request: what it read');
select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ subject => '00000000-0000-4000-8000-0000000000cc' $q$) $$,
  $$ values ('test-acme UPDATE request storage_records test-ana') $$,
  'and what it wrote');

select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ actor => 'test-ben' $q$) $$,
  $$ values ('test-acme SELECT actor storage_records test-ben'), ('test-acme SELECT actor model_metrics test-ben') $$,
  'by an actor: what he read');
select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ actor => 'test_admin' $q$) $$,
  $$ values ('_system SELECT login storage_records test_admin') $$,
  'or by a login that acted for nobody else');
select bag_eq(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ actor => 'test_service' $q$) $$,
  $$ select null::text limit 0 $$,
  'but not what it did for others');

select is_empty(
  $$ select * from pg_temp.report_as('comply_auditor', null,
       $q$ actor => 'test-ben', from_time => clock_timestamp() + interval '1 minute' $q$) $$,
  'from a time on');
select is_empty(
  $$ select * from pg_temp.report_as('comply_auditor', null, $q$ actor => 'test-ben', to_time => now() $q$) $$,
  'up to a time');
select is_empty($$ select * from pg_temp.report_as('comply_auditor', null, $q$ actor => 'nobody' $q$) $$,
  'of whom nothing is known, nothing');

select is(
  pg_temp.attempt('comply_auditor', null, format('select comply.access_report(%s)', a.arguments)), 'PC212',
  format('refused: %s', a.what))
from (
  values
    ('neither a subject nor an actor', ''),
    ('both', $$ '00000000-0000-7000-8000-00000000000a', 'ana' $$),
    ('a subject that is no id', $$ 'ana' $$),
    ('no time between', $$ actor => 'ana', from_time => now(), to_time => now() $$),
    ('times the wrong way round', $$ actor => 'ana', from_time => now(), to_time => now() - interval '1 day' $$),
    ('a time that is null', $$ actor => 'ana', from_time => null $$)
) as a (what, arguments);

select is(pg_temp.attempt(r, null, $$ select comply.access_report(actor => 'ana') $$), '42501', format('%s asks for none', r))
from unnest(array['comply_operator', 'comply_analyst']) as r;

-- Plans: the statements of the function, as a tenant and as an auditor.

create temp table question as
select
  s.n,
  replace(replace(replace(replace(
    s.statement,
    'access_report.actor', quote_literal('actor-7')),
    'v_subject', '''00000000-0000-7000-9000-000000000007''::uuid'),
    'access_report.from_time', q.from_time),
    'access_report.to_time', q.to_time) as statement,
  q.what
from pg_proc as p
cross join lateral (
  select m.n - 1 as n, split_part(m.part, 'order by 14', 1) as statement
  from regexp_split_to_table(p.prosrc, 'return query') with ordinality as m (part, n)
  where m.n > 1
) as s
cross join (
  values
    ('a month', $$ date_trunc('month', now(), 'UTC') $$, $$ date_trunc('month', now(), 'UTC') + interval '1 month' $$),
    ('all time', $$ '-infinity'::timestamptz $$, $$ 'infinity'::timestamptz $$)
) as q (what, from_time, to_time)
where p.oid = 'comply.access_report'::regproc;

select is((select count(*) from question), 4::bigint, 'the function asks for an actor, or for a subject');

create function pg_temp.plan_as(login text, tenant text, statement text)
returns text
language plpgsql
as $$
declare
  v_line text;
  v_plan text := '';
begin
  execute format('set local session authorization %I', login);
  if tenant is not null then
    perform comply.enter(tenant);
  end if;
  for v_line in execute 'explain (costs off) ' || statement loop
    v_plan := v_plan || v_line || E'\n';
  end loop;
  raise exception '%', v_plan using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

create temp table answer as
select q.n, q.what, l.login, pg_temp.plan_as(l.login, l.tenant, q.statement) as plan
from question as q
cross join (values ('comply_app', 'test-7'), ('comply_auditor', null)) as l (login, tenant);

select is_empty(
  $$ select a.n, a.what, a.login, l.line from answer as a
     cross join lateral regexp_split_to_table(a.plan, '\n') as l (line)
     where l.line ~ 'Seq Scan on (audit_trail|access_log)' $$,
  'no question reads a whole month of a log, neither a tenant''s nor an auditor''s');

select is(bool_and(a.plan ~ 'audit_trail\S*actor\S*_idx' and a.plan ~ 'access_log\S*actor\S*_idx'), true,
  'an actor is found by his index')
from answer as a where a.n = 1;
select is(bool_and(a.plan ~ 'audit_trail\S*user_id\S*_idx' and a.plan ~ 'access_log\S*user_id\S*_idx'), true,
  'and a login by its own')
from answer as a where a.n = 1;
select is(bool_and(a.plan ~ 'audit_trail\S*record_id_idx' and a.plan ~ 'audit_trail\S*correlation_id\S*_idx'), true,
  'a subject is found by the indexes of the trail')
from answer as a where a.n = 2;
select is(bool_and(a.plan ~ 'access_log\S*correlation_id\S*_idx' and a.plan ~ 'access_log\S*table_name\S*_idx'), true,
  'and of the log')
from answer as a where a.n = 2;
select is(bool_and(a.plan !~ format('(audit_trail|access_log)_%s', to_char(now() + interval '2 months', 'YYYY_MM'))), true,
  'a month asks no partition of another')
from answer as a where a.what = 'a month' and a.n = 1;

-- With values: the right ones.

select is(
  (select count(*) from comply.access_report(actor => 'actor-7')), 600::bigint,
  'an actor''s 300 changes and 300 reads of four months');
select cmp_ok(
  (select count(*) from comply.access_report(
     actor => 'actor-7', from_time => date_trunc('month', now(), 'UTC'),
     to_time => date_trunc('month', now(), 'UTC') + interval '1 month')),
  '<', 250::bigint, 'of one month, their part');
select is(
  (select count(*) from comply.access_report(subject => '00000000-0000-7000-9000-000000000007') where basis = 'record'),
  3::bigint, 'a record''s three changes');

select cmp_ok(
  (select count(*) from comply.access_report(subject => '00000000-0000-7000-9000-000000000007') where basis = 'table'),
  '>', 1500::bigint, 'and who may have read it');

select * from finish();
rollback;
