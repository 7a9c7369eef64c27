create or replace function comply_private.retention_fingerprint(table_name text, month timestamptz, tenants text[])
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set intervalstyle = iso_8601
as $$
begin
  return (
    select sha256(convert_to(coalesce(jsonb_agg(jsonb_build_object(
      'tenant', t.tenant_id,
      'rule', to_jsonb(r),
      'is_due', r.is_at_once or retention_fingerprint.month + interval '1 month' + r.keep <= comply.now(),
      'holds', h.holds) order by t.tenant_id), '[]')::text, 'UTF8'))
    from (select distinct u.tenant_id from unnest(retention_fingerprint.tenants) as u (tenant_id)) as t
    left join lateral comply_private.retention_rule(
      t.tenant_id, retention_fingerprint.table_name, retention_fingerprint.month + interval '1 month') as r on true
    cross join lateral (
      select jsonb_agg(jsonb_build_array(h.matter, h.covers_from, h.covers_until) order by h.matter) as holds
      from comply.legal_holds as h
      where h.tenant_id = t.tenant_id
        and h.released_at is null
        and tstzrange(h.covers_from, h.covers_until)
            && tstzrange(retention_fingerprint.month, retention_fingerprint.month + interval '1 month')
    ) as h
  );
end;
$$;

comment on function comply_private.retention_fingerprint(text, timestamptz, text[]) is
  'Return a hash over the rules of tenants for a table, and over the holds in a month: another one means that what '
  'was planned has to be planned again.';

revoke execute on function comply_private.retention_fingerprint(text, timestamptz, text[]) from public;
