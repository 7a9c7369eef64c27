-- A pure function of its arguments, so the same ones make the same rows on every server: no random(), whose sequence
-- depends on the plan. Inlined where it is called; the offsets keep values from being computed twice. One text is
-- judged by three detectors, so three records follow one another. Half of all texts are the first tenant's; the others
-- share the rest as 1/2, 1/3, 1/4 and so on. A day has its peak at noon.
create or replace function comply_private.sample_records(
  tenants     integer,
  records     bigint,
  seed        integer,
  starts_at   timestamptz,
  days        integer,
  first_day   integer,
  past_day    integer)
returns table (
  tenant_id        text,
  id               uuid,
  "timestamp"      timestamptz,
  source_data_hash text,
  detector_type    text,
  model_version    text,
  mapped_data      jsonb,
  confidence_score double precision,
  metadata         jsonb,
  blob_path        text,
  correlation_id   uuid,
  azure_region     text,
  backup_status    text,
  created_at       timestamptz,
  updated_at       timestamptz,
  subject_id       text
)
language sql
stable
parallel safe
begin atomic
  select
    'sample-' || lpad(w.tenant_no::text, 4, '0'),
    ('0' || to_hex((1000 * w.seen)::bigint) || '7' || left(w.digest, 3) || '8' || w.nth || right(w.digest, 14))::uuid,
    to_timestamp(w.seen),
    w.digest || w.other_digest,
    w.detector_type,
    w.model_version,
    case
      when w.h & 15 < 13 then '{"labels": ["OTHER.Safe"]}'
      when w.detector_type in ('presidio', 'regex-pii', 'google-cloud-dlp') then ('{
        "{\"labels\": [\"PII.Contact.Email\"]}",
        "{\"labels\": [\"PII.Person.Name\"]}",
        "{\"labels\": [\"PII.Person.Name\", \"PII.Contact.Phone\"]}",
        "{\"labels\": [\"PII.Contact.Email\", \"PII.Person.Name\", \"PII.Contact.Address\"]}",
        "{\"labels\": [\"PII.Identifier.CreditCard\"]}",
        "{\"labels\": [\"PII.Contact.Phone\"]}",
        "{\"labels\": [\"PII.Health.HIPAA\", \"PII.Person.DateOfBirth\"]}",
        "{\"labels\": [\"PII.Identifier.SSN\"]}"}'::jsonb[])[1 + (w.h >> 4 & 7)]
      else ('{
        "{\"labels\": [\"HARM.SPEECH.Toxicity\"]}",
        "{\"labels\": [\"HARM.SPEECH.Insult\"]}",
        "{\"labels\": [\"HARM.SPEECH.Insult\", \"HARM.SPEECH.Toxicity\"]}",
        "{\"labels\": [\"HARM.SPEECH.Hate.Other\", \"HARM.SPEECH.Threat\"]}",
        "{\"labels\": [\"HARM.VIOLENCE.Physical\"]}",
        "{\"labels\": [\"JAILBREAK.Attempt\"]}",
        "{\"labels\": [\"PROMPT_INJECTION.PolicyOverride\", \"JAILBREAK.Attempt\"]}",
        "{\"labels\": [\"OTHER.NeedsReview\"]}"}'::jsonb[])[1 + (w.h >> 4 & 7)]
    end,
    case when w.detector_type <> 'regex-pii' then (w.h >> 8 & 8191) / 8192.0::double precision end,
    ('{
      "{\"channel\": \"chat\", \"environment\": \"production\", \"language\": \"en\", \"project\": \"assistant\"}",
      "{\"channel\": \"chat\", \"environment\": \"production\", \"language\": \"de\", \"project\": \"assistant\"}",
      "{\"channel\": \"email\", \"environment\": \"production\", \"language\": \"en\", \"project\": \"support\"}",
      "{\"channel\": \"email\", \"environment\": \"production\", \"language\": \"fr\", \"project\": \"support\"}",
      "{\"channel\": \"api\", \"environment\": \"production\", \"language\": \"en\", \"project\": \"search\"}",
      "{\"channel\": \"api\", \"environment\": \"staging\", \"language\": \"en\", \"project\": \"search\"}",
      "{\"channel\": \"voice\", \"environment\": \"production\", \"language\": \"es\", \"project\": \"hotline\"}",
      "{\"channel\": \"chat\", \"environment\": \"staging\", \"language\": \"en\", \"project\": \"reactor\"}"}'::jsonb[]
    )[1 + (w.g >> 32 & 7)],
    case when w.h >> 21 & 7 = 0 then 'sample/' || w.digest end,
    w.digest::uuid,
    ('{westeurope,northeurope,eastus,uksouth}'::text[])[1 + (w.tenant_no & 3)],
    case when w.h >> 24 & 255 = 0 then 'failed' else 'completed' end,
    to_timestamp(w.seen + w.late),
    to_timestamp(w.seen + w.late),
    case when w.g >> 36 & 3 <> 0 then 'person-' || (w.g >> 40 & (case when w.tenant_no = 1 then 65535 else 255 end)) end
  from (
    select
      v.*,
      case
        when v.u < 0.5 or sample_records.tenants = 1 then 1
        else 1 + floor(exp((2 * v.u - 1) * ln(sample_records.tenants::double precision)))::integer
      end as tenant_no,
      ('{presidio,regex-pii,llama-guard,openai-moderation,presidio,regex-pii,azure-content-safety,detoxify-hatebert,'
       'presidio,google-cloud-dlp,llama-guard,openai-moderation,presidio,regex-pii,llama-guard,deberta-toxicity}'
       ::text[])[1 + ((v.g >> 44) + 5 * v.nth & 15)] as detector_type,
      '2.' || greatest(v.day / 90 - (case when v.h >> 36 & 7 = 0 then 1 else 0 end), 0) as model_version,
      -- One record of 128 arrives hours later, the others within four seconds.
      (v.h >> 40 & 4095) / 1024.0::double precision * (case when v.h >> 52 & 127 = 0 then 5000 else 1 end) as late,
      -- The three of one text in their order, and none in the next day.
      extract(epoch from sample_records.starts_at)::double precision + 86400 * v.day
        + 86399.9::double precision * (v.x - v.day + 0.1::double precision * sin(2 * pi() * (v.x - v.day)))
        + 0.01::double precision * v.nth as seen
    from (
      select
        t.g,
        (t.g & 16777215) / 16777216.0::double precision as u,
        t.x,
        floor(t.x)::integer as day,
        t.digest,
        t.other_digest,
        k.nth,
        hashint8extended(3 * t.n + k.nth, sample_records.seed) as h
      from (
        select
          s.n,
          hashint8extended(s.n, sample_records.seed + 1::bigint) as g,
          md5(s.n || ',' || sample_records.seed) as digest,
          md5(sample_records.seed || ',' || s.n) as other_digest,
          (s.n + 0.5::double precision) / ((sample_records.records + 2) / 3) * sample_records.days as x
        from generate_series(
          sample_records.first_day * ((sample_records.records + 2) / 3) / sample_records.days - 1,
          sample_records.past_day * ((sample_records.records + 2) / 3) / sample_records.days + 1) as s (n)
        offset 0
      ) as t
      cross join generate_series(0, 2) as k (nth)
      where 3 * t.n + k.nth between 0 and sample_records.records - 1
      offset 0
    ) as v
    where v.day >= sample_records.first_day
      and v.day < sample_records.past_day
    offset 0
  ) as w;
end;

comment on function comply_private.sample_records(integer, bigint, integer, timestamptz, integer, integer, integer) is
  'Return the sample records of some days: of so many tenants, and of so many records that are spread over so many '
  'days.';

revoke execute
  on function comply_private.sample_records(integer, bigint, integer, timestamptz, integer, integer, integer)
  from public;
