-- What questions are asked about: records that the trail has, by chance, and the times around them.
-- %(share)s is the percentage of pages to look into, %(tenants)s whose records, null for anybody's.

select
  r.tenant_id as tenant,
  r.id,
  r.correlation_id as request,
  r.source_data_hash as text_hash,
  r.subject_id as subject,
  r.detector_type as detector,
  r.model_version as model,
  r.metadata - 'channel' as contains,
  a.actor,
  date_trunc('day', r."timestamp") as day,
  date_trunc('day', r."timestamp") + interval '1 day' as next_day,
  date_trunc('month', r."timestamp") as month,
  date_trunc('month', r."timestamp") + interval '1 month' as next_month,
  date_trunc('month', r."timestamp") - interval '2 months' as quarter,
  date_trunc('day', n.now) - interval '6 days' as week_ago,
  date_trunc('day', n.now) + interval '1 day' as tomorrow,
  n.now::date - 29 as month_ago_date,
  n.now::date + 1 as tomorrow_date,
  date_trunc('month', n.now) - interval '1 month' as last_month,
  date_trunc('month', n.now) as this_month,
  50 as page
from comply.storage_records as r tablesample system (%(share)s) repeatable (1)
cross join (select comply.now()) as n (now)
join comply.audit_trail as a
  on a.tenant_id = r.tenant_id
  and a.record_id = r.id
  and a."timestamp" = r."timestamp"
where r.source_data_hash < '1a'
  and r.subject_id is not null
  and (%(tenants)s::text[] is null or r.tenant_id = any (%(tenants)s))
order by md5(r.id::text)
limit %(wanted)s;
