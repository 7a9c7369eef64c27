-- Whatever is asked: the same rows in the same order as a scan with the same conditions, for the tenant in
-- context and for an auditor.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql
\ir ../many_changes.psql
create role test_auditor login in role comply_auditor;

create temp table question as
select
  row_number() over () as number,
  t.tenant, b.name, a.actor, o.operation, c.changed, r.request, s.since
from unnest(array[null, 'test-acme', 'test-large']) as t (tenant)
cross join unnest(array[null, 'storage_records', 'comply.model_metrics', 'tenant_configs']) as b (name)
cross join unnest(array[null, 'person-2@example.com', 'rare@example.com']) as a (actor)
cross join unnest(array[null, 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as o (operation)
cross join unnest(array[null, 'metadata', 'azure_region', 'data']) as c (changed)
cross join unnest(array[null, md5('request-4104')::uuid]) as r (request)
cross join unnest(array['-infinity', timestamptz '2001-02-10 00:00+00']) as s (since);

-- All with one condition or two, and some of the others.
delete from question as q
where num_nonnulls(q.tenant, q.name, q.actor, q.operation, q.changed, q.request, nullif(q.since, '-infinity')) > 2
  and q.number % 97 <> 3;

-- The questions for which search and scan differ, and how many rows the scans saw.
create function pg_temp.differing(out seen bigint, out differing text[])
language plpgsql
as $$
declare
  v_question record;
  v_search   uuid[];
  v_scan     uuid[];
begin
  seen := 0;
  for v_question in select q.* from question as q loop
    select array_agg(s.id)
    into v_search
    from comply.audit_search(
      v_question.tenant, v_question.name, v_question.actor, v_question.operation, v_question.since,
      '2001-04-01 00:00+00', v_question.changed, v_question.request, 100) as s;

    select array_agg(s.id)
    into v_scan
    from (
      select a.id
      from comply.audit_trail as a
      where a."timestamp" >= v_question.since
        and a."timestamp" < '2001-04-01 00:00+00'
        and (v_question.tenant is null or a.tenant_id = v_question.tenant)
        and (v_question.name is null or a.table_name = regexp_replace(v_question.name, '^comply.', ''))
        and (v_question.actor is null or a.actor = v_question.actor)
        and (v_question.operation is null or a.operation = v_question.operation)
        and (v_question.changed is null or a.operation = 'UPDATE' and a.old_values ? v_question.changed)
        and (v_question.request is null or a.correlation_id = v_question.request)
      order by a."timestamp" desc, a.id desc, a.tenant_id desc, a.transaction_id desc
      limit 100
    ) as s;

    seen := seen + coalesce(cardinality(v_scan), 0);

    if v_search is distinct from v_scan then
      differing := differing || v_question::text;
    end if;
  end loop;
end;
$$;
grant select on question to public;

set local session authorization test_auditor;
create temp table answer_of_auditor as select * from pg_temp.differing();
reset session authorization;
set local session authorization test_service;
select comply.enter('test-large') \g /dev/null
create temp table answer_of_tenant as select * from pg_temp.differing();
reset session authorization;

select is((select a.differing from answer_of_auditor as a), null, 'to an auditor');
select cmp_ok((select a.seen from answer_of_auditor as a), '>', 1000::bigint, 'who finds something');
select is((select a.differing from answer_of_tenant as a), null, 'to a tenant');
select cmp_ok((select a.seen from answer_of_tenant as a), '>', 1000::bigint, 'which finds something');

select set_eq(
  $$
    select s.changed_columns
    from comply.audit_search('test-large', operation => 'UPDATE', before => '2001-04-01 00:00+00') as s
  $$,
  $$ values (array['metadata']), (array['blob_path']), (array['azure_region']) $$,
  'and says which columns changed');

select * from finish();
rollback;
