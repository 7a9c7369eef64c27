-- The trigger pairs old and new rows with a plan that may be a cached one, made for a single row. As a nested
-- loop it would then compare each row of a bulk update with each other one. So the plan for one row is asked
-- for here, inside a trigger, the only place where there are rows to pair.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql
\ir ../changes.psql

create temp table plans (how text, node jsonb);

-- The statement of the audit function for UPDATE, its variables replaced by nulls.
create function pg_temp.pairing(function regproc)
returns text
language sql
as $$
  select regexp_replace(
    split_part(split_part(p.prosrc, 'elsif tg_op = ''UPDATE'' then', 2), E';\n', 1),
    '\mv_(at|head|tail|actor|correlation_id|role|ip_address|user_agent|transaction_id)\M', 'null', 'g')
  from pg_proc as p
  where p.oid = function
$$;

create function pg_temp.explain_pairing()
returns trigger
language plpgsql
as $$
declare
  v_statement text := pg_temp.pairing(tg_argv[0]::regproc);
  v_plan      jsonb;
begin
  execute 'explain (format json) ' || v_statement into v_plan;
  insert into plans values ('as it is', v_plan);

  execute 'explain (format json) ' || replace(v_statement, 'full join', 'join') into v_plan;
  insert into plans values ('with a plain join', v_plan);
  return null;
end;
$$;

create trigger _900_explain_pairing
  after update
  on comply.storage_records
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function pg_temp.explain_pairing('comply_private.tg_storage_records__audit');

-- The node that joins the two, wherever the plan has it.
create view pg_temp.pairings as
select p.how, n.node ->> 'Node Type' as type, n.node ->> 'Join Type' as join_type
from plans as p
cross join lateral jsonb_path_query(p.node, 'strict $.** ? (exists (@."Join Type"))') as n (node)
where not jsonb_path_exists(n.node, 'strict $.** ? (@."Relation Name" == "tenant_configs")')
  and (
    select count(*)
    from jsonb_path_query(n.node, 'strict $.** ? (@."Node Type" == "Named Tuplestore Scan")')
  ) = 2;

select matches(
  pg_temp.pairing('comply_private.tg_storage_records__audit'), 'full join new_rows as n on',
  'there is a pairing');

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set azure_region = 'uksouth'
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 1', 'one row is updated');

select results_eq(
  $$ select count(*), min(p.join_type) from pg_temp.pairings as p where p.how = 'as it is' $$,
  $$ values (1::bigint, 'Full') $$, 'its plan has one full join of old and new rows');

select matches(p.type, '^(Hash|Merge) Join$', 'which is no nested loop')
from pg_temp.pairings as p
where p.how = 'as it is';

select is(p.type, 'Nested Loop', 'as it would be with a plain join: what the full join is for')
from pg_temp.pairings as p
where p.how = 'with a plain join';

-- What the cached plan then does.
drop trigger _900_explain_pairing on comply.storage_records;

create function pg_temp.update_often()
returns void
language plpgsql
as $$
begin
  for n in 1..10 loop
    update comply.storage_records
    set metadata = jsonb_build_object('n', n)
    where tenant_id = 'test-acme';
  end loop;
end;
$$;

select is(
  pg_temp.left_by('select pg_temp.update_often()'), 'UPDATE 10',
  'after ten updates of one row the plan is kept');

insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
select 'test-globex', md5(i::text) || md5(i::text), 'presidio', 'test-1', '{"labels": ["PII.Other"]}'
from generate_series(1, 3000) as i;

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set azure_region = case when right(source_data_hash, 1) < '8' then 'uksouth' else 'eastus' end
    where tenant_id = 'test-globex'
  $$),
  'UPDATE 3001', 'three thousand rows are paired');

select is_empty(
  $$
    select
    from comply.audit_trail as a
    join comply.storage_records as r on r.id = a.record_id
    where a.operation = 'UPDATE'
      and a.tenant_id = 'test-globex'
      and (a.new_values ->> 'source_data_hash' <> r.source_data_hash
           or a.new_values ->> 'azure_region' <> r.azure_region
           or a.old_values -> 'azure_region' <> 'null')
  $$,
  'each with itself');

select is(
  (select count(distinct a.record_id) from comply.audit_trail as a
   where a.operation = 'UPDATE' and a.tenant_id = 'test-globex'),
  3001::bigint, 'and none twice');

select * from finish();
rollback;
