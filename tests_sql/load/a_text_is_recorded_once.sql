-- For each tenant, detector and model: however often it comes, in one load or in many.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

create function pg_temp.loaded(
  texts    text[],
  detector text default 'openai-moderation',
  model    text default 'test-1'
)
returns text
language plpgsql
as $$
declare
  v_counts record;
begin
  insert into pg_temp.staged_lines (line_no, line)
  select t.line_no, convert_to(format('{"source_data_hash": "%s", "labels": {}}', repeat(t.text, 32)), 'UTF8')
  from unnest(texts) with ordinality as t (text, line_no);

  select *
  into v_counts
  from comply.load_lines(detector, model, '00000000-0000-7000-8000-000000000001');
  return format('%s new, %s repeated', v_counts.inserted, v_counts.repeated);
end;
$$;

set local session authorization test_service;
select comply.enter('test-acme');
select comply.open_load();

select is(pg_temp.loaded('{01, 02, 01, AB, ab, 01}'), '3 new, 3 repeated', 'once in a load');
select is(pg_temp.loaded('{02, 03, ab}'), '1 new, 2 repeated', 'once in two');
select is(pg_temp.loaded('{01, 02, 03, AB}'), '0 new, 4 repeated', 'a load of known texts makes nothing');
select is(pg_temp.loaded('{}'), '0 new, 0 repeated', 'as does one of none');
select is(pg_temp.loaded('{01}', model => 'test-2'), '1 new, 0 repeated', 'another model judges anew');
select is(pg_temp.loaded('{01}', detector => 'presidio'), '1 new, 0 repeated', 'so does another detector');

select results_eq(
  $$
    select
      count(*),
      count(distinct (r.source_data_hash, r.detector_type, r.model_version)),
      count(distinct r.id)
    from comply.storage_records as r
    where r.id <> '00000000-0000-7000-8000-00000000000a'
  $$,
  $$ values (6::bigint, 6::bigint, 6::bigint) $$,
  'that is what is there');

select comply.enter('test-globex');
select is(pg_temp.loaded('{01, 02}'), '2 new, 0 repeated', 'another tenant''s records are no matter');

reset session authorization;
select comply.enter('test-acme');

select is(
  (
    select count(*)
    from comply.audit_trail as a
    where a.tenant_id = 'test-acme'
      and a.table_name = 'storage_records'
      and a.record_id in (
        select r.id
        from comply.storage_records as r
        where r.tenant_id = 'test-acme'
          and r.model_version in ('test-1', 'test-2')
      )
  ),
  7::bigint,
  'each record is in the audit trail');

select * from finish();
rollback;
