-- From a detector's verdicts to the record: what its labels mean, from which score on they count, how sure it
-- is.
begin;
set local search_path = tap, pg_catalog;
select plan(17);
\ir ../two_tenants.psql

update comply.tenant_configs
set confidence_threshold = 0.6,
    taxonomy_overrides = '{"openai-moderation": {"violence": "HARM.SPEECH.Threat"}}'
where tenant_id = 'test-globex';

-- What becomes of verdicts about one text; more are further keys of the line.
create function pg_temp.recorded(labels jsonb, more jsonb default '{}', tenant text default 'test-acme')
returns comply.storage_records
language plpgsql
as $$
declare
  v_record comply.storage_records;
begin
  perform comply.enter(tenant, null, '00000000-0000-7000-8000-0000000000cc');
  perform comply.open_load();
  insert into pg_temp.staged_lines (line_no, line)
  select
    1,
    convert_to(
      (jsonb_build_object('source_data_hash', repeat('ab', 32), 'labels', labels) || more)::text,
      'UTF8');
  perform comply.load_lines('openai-moderation', 'test-1', '00000000-0000-7000-8000-000000000001');
  delete from comply.storage_records as r
  where r.source_data_hash = repeat('ab', 32)
  returning r.* into v_record;
  return v_record;
end;
$$;

set local session authorization test_service;

select is(
  (
    pg_temp.recorded(
      '{"hate": 0.9, "hate/threatening": 0.95, "sexual": 0.5, "violence": 0.49, "self-harm": null}')
  ).mapped_data,
  '{
    "labels": ["HARM.SPEECH.Hate.Other", "HARM.VIOLENCE.Sexual"],
    "scores": {"HARM.SPEECH.Hate.Other": 0.95, "HARM.VIOLENCE.Sexual": 0.5, "HARM.VIOLENCE.Physical": 0.49},
    "verdicts": {"hate": 0.9, "hate/threatening": 0.95, "sexual": 0.5, "violence": 0.49, "self-harm": null}
  }'::jsonb,
  'labels are canonical, distinct and sorted; scores are the highest of each; verdicts are as they came');

select is(
  (pg_temp.recorded('{"violence": true, "sexual": false}')).mapped_data - 'verdicts',
  '{
    "labels": ["HARM.VIOLENCE.Physical"],
    "scores": {"HARM.VIOLENCE.Physical": 1, "HARM.VIOLENCE.Sexual": 0}
  }'::jsonb,
  'true is 1, false is 0');

select is(
  (pg_temp.recorded('{"violence": 0.59, "hate": 0.6}', tenant => 'test-globex')).mapped_data -> 'labels',
  '["HARM.SPEECH.Hate.Other"]'::jsonb,
  'a label counts from the tenant''s threshold on');

select is(
  (pg_temp.recorded('{"violence": 1}', tenant => 'test-globex')).mapped_data -> 'labels',
  '["HARM.SPEECH.Threat"]'::jsonb,
  'what the tenant says that a label means comes first');

select is(
  (pg_temp.recorded('{"violence": 0.2, "hate": 0}')).mapped_data -> 'labels', '["OTHER.Safe"]'::jsonb,
  'nothing found is a finding');

select is(
  (pg_temp.recorded('{}')).mapped_data,
  '{"labels": ["OTHER.Safe"], "scores": {}, "verdicts": {}}'::jsonb,
  'and so is nothing asked');

select is(
  (select max(t.version) from comply.taxonomy_versions as t where t.valid_from <= now()),
  (pg_temp.recorded('{"hate": 1}')).taxonomy_version,
  'the record names the version of the taxonomy');

select is((pg_temp.recorded('{"hate": 0.7, "sexual": 0.8}')).confidence_score, 0.8::double precision,
          'it is as sure as its highest finding');
select is((pg_temp.recorded('{"hate": 0.25, "sexual": 0.1}')).confidence_score, 0.75::double precision,
          'or as that there is none');
select is((pg_temp.recorded('{"hate": 0}')).confidence_score, 1::double precision,
          'and quite sure where all are 0');
select is((pg_temp.recorded('{"hate": null}')).confidence_score, null,
          'or of nothing where nothing is known');
select is((pg_temp.recorded('{"hate": 1}', '{"confidence": 0.3}')).confidence_score, 0.3::double precision,
          'unless the line says how sure');
select is((pg_temp.recorded('{"hate": 1}', '{"confidence": 1e-400}')).confidence_score, 0::double precision,
          'in numbers of any size');

select is(
  (pg_temp.recorded('{"hate": 1}', '{"metadata": {"a": 1.50}, "lang": "de", "size": [2]}')).metadata,
  '{"a": 1.50, "lang": "de", "size": [2]}'::jsonb,
  'other keys are kept beside the metadata');

select is(
  (
    pg_temp.recorded('{"hate": 1}', jsonb_build_object('source_data_hash', repeat('AB', 32)))
  ).source_data_hash,
  repeat('ab', 32),
  'a hash is folded to lower case');

select is(
  array[
    (pg_temp.recorded('{"hate": 1}')).correlation_id,
    (
      pg_temp.recorded('{"hate": 1}', '{"correlation_id": "00000000-0000-4000-8000-0000000000DD"}')
    ).correlation_id
  ],
  array['00000000-0000-7000-8000-0000000000cc', '00000000-0000-4000-8000-0000000000dd']::uuid[],
  'the request is the line''s, or the load');

select is(
  (
    select row(r.blob_path, r.azure_region, r.backup_status, r.encrypted)::text
    from pg_temp.recorded('{"hate": 1}', '{"blob_path": "c/x:1", "azure_region": "westeurope"}') as r
  ),
  '(c/x:1,westeurope,pending,f)',
  'where the payload is and came from is kept');

select * from finish();
rollback;
