-- A column that is added to an audited table without a new trigger function would change unseen.
begin;
set local search_path = tap, pg_catalog;

create temp table audited as
select t.tgrelid::regclass as name, p.oid::regprocedure as function, p.prosrc
from pg_trigger as t
join pg_proc as p on p.oid = t.tgfoid
join pg_class as c on c.oid = t.tgrelid
where t.tgname = '_510_audit_update'
  and not c.relispartition
  and c.relnamespace = 'comply'::regnamespace;

select plan(2 + count(*)::integer) from audited;

create function pg_temp.generated_body(name regclass)
returns text
language sql
as $$
  select split_part(comply_private.audit_function_source(name), '$' || '$', 2)
$$;

select set_has(
  $$ select a.name::text from audited as a $$,
  $$
    values
      ('comply.storage_records'),
      ('comply.detector_executions'),
      ('comply.model_metrics'),
      ('comply.tenant_configs')
  $$,
  'the tables of tenants are audited');

select is(a.prosrc, pg_temp.generated_body(a.name), format('%s is what the generator writes now', a.function))
from audited as a
order by a.name::text;

alter table comply.storage_records add column added_later text;

select isnt(
  a.prosrc, pg_temp.generated_body(a.name), 'and is not any more when its table gets a column')
from audited as a
where a.name = 'comply.storage_records'::regclass;

select * from finish();
rollback;
