-- How times, floats, bytes and intervals are written follows settings of the session. Evidence must not.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql
\ir ../changes.psql

create function pg_temp.images_of_a_life(id uuid)
returns text[]
language plpgsql
as $$
begin
  insert into comply.detector_executions (
    tenant_id, id, "timestamp", detector_type, model_version, latency_ms, success, confidence_score, metadata)
  values (
    'test-acme', images_of_a_life.id, date_trunc('month', now() at time zone 'UTC') at time zone 'UTC',
    'presidio', 'test-1', 0.1::float8 + 0.2::float8, true, 1.0::float8 / 3, '{"a": 1.10}');

  update comply.detector_executions as e
  set latency_ms = 1e-7::float8 / 3
  where e.id = images_of_a_life.id;

  delete from comply.detector_executions as e
  where e.id = images_of_a_life.id;

  return array(
    select concat_ws(' ', a.operation, (a.old_values - 'id')::text, (a.new_values - 'id')::text)
    from comply.audit_trail as a
    where a.record_id = images_of_a_life.id
    order by a.id);
end;
$$;

create temp table plain as
select pg_temp.images_of_a_life('00000000-0000-7000-8000-000000000201') as images;

select is(
  cardinality(p.images), 3, 'a life has three images')
from plain as p;

select matches(
  p.images[1], '"latency_ms": 0\.30000000000000004,', 'floats are written with every digit that counts')
from plain as p;

select matches(
  p.images[1], format('"timestamp": "%s-01T00:00:00\+00:00"', to_char(now() at time zone 'UTC', 'YYYY-MM')),
  'times are written in UTC')
from plain as p;

set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
set local intervalstyle = 'sql_standard';
set local extra_float_digits = -15;
set local bytea_output = escape;
set local xmloption = document;
set local lc_numeric = 'C';

select is(
  pg_temp.images_of_a_life('00000000-0000-7000-8000-000000000202'), p.images,
  'a session with other settings leaves the same images')
from plain as p;

set local extra_float_digits = 3;
set local row_security = off;

select is(
  pg_temp.images_of_a_life('00000000-0000-7000-8000-000000000203'), p.images,
  'one with row security off as well')
from plain as p;

insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', '00000000-0000-7000-8000-000000000204', repeat('f', 64), 'presidio', 'test-1',
        '{"labels": ["PII.Other"]}');
select pg_temp.left_by('truncate comply.storage_records');

select is(
  t.old_values, i.new_values, 'TRUNCATE writes the image that INSERT wrote')
from comply.audit_trail as i
join comply.audit_trail as t on t.record_id = i.record_id
where i.record_id = '00000000-0000-7000-8000-000000000204'
  and i.operation = 'INSERT'
  and t.operation = 'TRUNCATE';

select * from finish();
rollback;
