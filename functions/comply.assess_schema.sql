-- Runs with the caller's rights, so it can be pointed at any schema and tells nobody what he may not know.
create or replace function comply.assess_schema(
  schema_name   text default 'comply',
  with_accepted boolean default false,
  tenant_column text default 'tenant_id'
)
returns table (
  severity       text,
  rule           text,
  subject        text,
  finding        text,
  evidence       jsonb,
  cure           text,
  accepted_until timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_rank constant text[] := array['critical', 'high', 'medium', 'low', 'info'];
begin
  return query
  with found_all as materialized (
    select f.* from comply.assess_keys(assess_schema.schema_name, assess_schema.tenant_column) as f
    union all
    select f.* from comply.assess_types(assess_schema.schema_name) as f
    union all
    select f.* from comply.assess_indexes(assess_schema.schema_name) as f
    union all
    select f.* from comply.assess_isolation(assess_schema.schema_name, assess_schema.tenant_column) as f
    union all
    select f.* from comply.assess_policies(assess_schema.schema_name, assess_schema.tenant_column) as f
    union all
    select f.* from comply.assess_storage(assess_schema.schema_name) as f
  )
  select f.severity, f.rule, f.subject, f.finding, f.evidence, f.cure, e.accepted_until
  from found_all as f
  left join comply.assessment_exceptions as e on e.rule = f.rule
                                             and e.subject = f.subject
                                             and e.accepted_until > comply.now()
                                             and array_position(v_rank, e.severity)
                                                 <= array_position(v_rank, f.severity)
  where assess_schema.with_accepted
     or e.rule is null
  order by array_position(v_rank, f.severity), f.rule, f.subject;
end;
$$;

comment on function comply.assess_schema(text, boolean, text) is
  'Return what is wrong with a schema, the worst first: which rule found it, in what, the evidence, and the SQL that '
  'cures it; what is accepted, only where it is asked for. Changes nothing. Shows no value of any row.';

revoke execute on function comply.assess_schema(text, boolean, text) from public;
grant  execute on function comply.assess_schema(text, boolean, text) to comply_auditor, comply_admin, comply_operator;
