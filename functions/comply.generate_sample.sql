-- Writes records past the trail, so it is granted to nobody: it is for those who deploy, on a server for trials. It has
-- the owner's rights so that the partitions are the owner's. Refuses a database that has tenants: what it makes could
-- not be told from what was never recorded.
create or replace function comply.generate_sample(tenants integer, records bigint, months integer, seed integer)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_this_month timestamptz := date_trunc('month', comply.now());
  v_starts_at  timestamptz;
  v_days       integer;
  v_month      timestamptz;
  v_first_day  integer;
  v_past_day   integer;
  v_rows       bigint := 0;
begin
  if coalesce(generate_sample.tenants, 0) not between 1 and 9999
    or coalesce(generate_sample.records, 0) not between 1 and 10000000000
    or coalesce(generate_sample.months, 0) not between 1 and 120
    or generate_sample.seed is null
  then
    raise exception 'no sample is made of % tenants, % records, % months and seed %',
      coalesce(generate_sample.tenants::text, 'null'), coalesce(generate_sample.records::text, 'null'),
      coalesce(generate_sample.months::text, 'null'), coalesce(generate_sample.seed::text, 'null')
      using errcode = 'PC620',
            hint    = 'Pass 1 to 9,999 tenants, 1 to 10,000,000,000 records, 1 to 120 months, and any seed.';
  end if;

  -- Against writers, until it is done: a tenant that is added meanwhile would have a month taken from it.
  lock table comply.tenant_configs in share row exclusive mode;

  if exists (select from comply.tenant_configs) or exists (select from comply.storage_records) then
    raise exception 'database % has tenants', quote_ident(current_database())
      using errcode = 'PC621',
            hint    = 'A sample has no trail: make a database for it, and deploy there.';
  end if;

  insert into comply.tenant_configs (tenant_id, display_name)
  select 'sample-' || lpad(t.n::text, 4, '0'), format('Sample %s', t.n)
  from generate_series(1, generate_sample.tenants) as t (n);

  v_starts_at := v_this_month - make_interval(months => generate_sample.months - 1);
  -- To the beginning of today, or, on the first of a month, to its end.
  v_days := greatest(date_trunc('day', comply.now())::date, v_this_month::date + 1) - v_starts_at::date;

  for v_month in
    select m.month
    from generate_series(v_starts_at, v_this_month, interval '1 month') as m (month)
  loop
    v_first_day := v_month::date - v_starts_at::date;
    v_past_day := least((v_month + interval '1 month')::date - v_starts_at::date, v_days);

    v_rows := v_rows + comply_private.fill_month('storage_records', v_month, format(
      '(tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score, '
      'metadata, blob_path, correlation_id, azure_region, backup_status, created_at, updated_at, subject_id) '
      'select r.* from comply_private.sample_records(%L, %L, %L, %L, %L, %L, %L) as r',
      generate_sample.tenants, generate_sample.records, generate_sample.seed, v_starts_at, v_days, v_first_day,
      v_past_day));

    -- Of one record in ten, the call that it came from.
    perform comply_private.fill_month('detector_executions', v_month, format(
      $q$
        (tenant_id, id, "timestamp", detector_type, model_version, latency_ms, success, error_message,
         confidence_score, correlation_id, created_at, updated_at, subject_id)
        select
          r.tenant_id, r.id, r."timestamp", r.detector_type, r.model_version,
          5 + ascii(right(r.source_data_hash, 1)) * ascii(right(r.source_data_hash, 2)) / 50.0,
          r.source_data_hash not like '10%%',
          case when r.source_data_hash like '10%%' then 'The detector did not answer in time.' end,
          r.confidence_score, r.correlation_id, r.created_at, r.updated_at, r.subject_id
        from comply.storage_records as r
        where r."timestamp" >= %L
          and r."timestamp" < %L
          and r.source_data_hash < '1a'
      $q$,
      v_month, v_month + interval '1 month'));

    -- Of the first tenants, two metrics a day and model.
    perform comply_private.fill_month('model_metrics', v_month, format(
      $q$
        (tenant_id, id, "timestamp", model_version, metric_name, metric_value, created_at, updated_at)
        select
          e.tenant_id, md5(concat_ws(',', e.tenant_id, e.day, e.model_version, m.name))::uuid, e.day,
          e.model_version, m.name, m.value, e.day, e.day
        from (
          select
            x.tenant_id, date_trunc('day', x."timestamp") as day, x.model_version, avg(x.latency_ms) as latency,
            avg(x.confidence_score) as confidence
          from comply.detector_executions as x
          where x."timestamp" >= %L
            and x."timestamp" < %L
            and x.tenant_id <= 'sample-0020'
          group by 1, 2, 3
        ) as e
        cross join lateral (
          values ('latency.mean', e.latency), ('confidence.mean', coalesce(e.confidence, 0))
        ) as m (name, value)
      $q$,
      v_month, v_month + interval '1 month'));
  end loop;

  return v_rows;
end;
$$;

comment on function comply.generate_sample(integer, bigint, integer, integer) is
  'Fill a database that has no tenants with sample ones and their records, over the months that end with this one; '
  'return how many records. The same arguments on the same day make the same rows. The trail has none of them. Raises '
  'PC620, PC621.';

revoke execute on function comply.generate_sample(integer, bigint, integer, integer) from public;
