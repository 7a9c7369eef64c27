-- What a sample leaves out and auditors ask about: of one record in ten the rows of the trail, one that wrote it and, of
-- one in a hundred, one that changed it; and a time to keep records by which one month is due.

set timezone = 'UTC';

do $$
declare
  v_month timestamptz;
begin
  for v_month in
    select b.starts_at
    from pg_inherits as i
    join pg_class as c on c.oid = i.inhrelid
    cross join lateral (
      select substring(pg_get_expr(c.relpartbound, c.oid) from $re$FROM \('([^']+)'\)$re$)::timestamptz
    ) as b (starts_at)
    where i.inhparent = 'comply.storage_records'::regclass
      and exists (
        select
        from comply.storage_records as r
        where r."timestamp" >= b.starts_at
          and r."timestamp" < b.starts_at + interval '1 month'
      )
    order by b.starts_at
  loop
    perform comply_private.fill_month('audit_trail', v_month, format(
      $q$
        (tenant_id, id, "timestamp", table_name, record_id, operation, user_id, actor, old_values, new_values,
         correlation_id, user_agent, transaction_id)
        select
          r.tenant_id,
          (comply_private.audit_id_head((extract(epoch from r."timestamp") * 1000000)::bigint + o.nth)
           || right(r.source_data_hash, 15))::uuid,
          r."timestamp" + o.nth * interval '1 microsecond',
          'storage_records',
          r.id,
          o.operation,
          'service',
          'person-' || floor(20000 ^ ((('x' || right(r.source_data_hash, 6))::bit(24)::integer) / 16777216.0))
            || '@example.com',
          case when o.operation = 'UPDATE' then jsonb_build_object('metadata', r.metadata) end,
          to_jsonb(r),
          r.correlation_id,
          'gateway',
          (1000 + 2 * (extract(epoch from r."timestamp") * 1000)::bigint + o.nth)::text::xid8
        from comply.storage_records as r
        join (values (0, 'INSERT', '1a'), (1, 'UPDATE', '028')) as o (nth, operation, bound)
          on r.source_data_hash < o.bound
        where r."timestamp" >= %L
          and r."timestamp" < %L
      $q$,
      v_month, v_month + interval '1 month'));
  end loop;

  update comply.tenant_configs
  set storage_retention_days = greatest(1, extract(day from comply.now() - (
    select date_trunc('month', min(r."timestamp")) + interval '1 month'
    from comply.storage_records as r
  )))::integer;
end;
$$;
