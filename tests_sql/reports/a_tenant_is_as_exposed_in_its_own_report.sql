-- What is found of texts is a medium risk where it is twice the share of all, ten texts at least: of all tenants, also
-- in a report on one.
begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir ../two_tenants.psql
\ir ../reported.psql

insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
select
  f.tenant_id, '2030-05-03 05:00+00'::timestamptz + i * interval '1 hour', encode(sha256(convert_to(f.tenant_id || i, 'UTF8')), 'hex'),
  'presidio', 'test-1', jsonb_build_object('labels', jsonb_build_array(
    case when i <= f.flagged then 'PII.Person.Name' else 'OTHER.Safe' end))
from (
  values ('test-acme', 40, 20), ('test-globex', 160, 5)
) as f (tenant_id, records, flagged)
cross join generate_series(1, f.records) as i;

\ir ../refresh.psql
select pg_temp.refresh() \g /dev/null

create temp table told as
select t.tenant_id, r.tenant ->> 'risk' as risk, r.tenant ->> 'flagged_share' as share, t.report
from (
  values
    ('test-acme', 'all', pg_temp.report()),
    ('test-acme', 'its own', pg_temp.report(tenant => 'test-acme'))
) as t (tenant_id, report, document)
cross join lateral jsonb_array_elements(t.document -> 'tenants') as r (tenant)
where r.tenant ->> 'tenant_id' = t.tenant_id;

select is(share, '0.5000', 'half of what a tenant sent is flagged')
from told
where report = 'all';
select is(risk, 'medium', 'which is a medium risk in the report on all')
from told
where report = 'all';
select is(risk, 'medium', 'and in the report on this tenant')
from told
where report = 'its own';

select * from finish();
rollback;
