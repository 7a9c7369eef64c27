-- A certificate counts where it says what the headers say, and where the trail has it as it is now. Headers stay
-- for ever, so neither count nor hash can be chosen to fit. Nulls aside, as a certificate may be older than a column.
create or replace function comply_private.lawful_gaps(stream text, tenant_id text default null)
returns table (tenant text, period timestamptz)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
#variable_conflict use_column
begin
  return query
  select d.tenant_id, d.covers_from
  from comply.destruction_certificates as d
  where d.table_name = lawful_gaps.stream
    and (lawful_gaps.tenant_id is null or d.tenant_id = lawful_gaps.tenant_id)
    and d.covers_until = d.covers_from + interval '1 month'
    and (d.rows_destroyed, d.content_hash) = (
      select e.leaves, e.content_hash
      from comply_private.month_evidence(lawful_gaps.stream, d.covers_from, d.tenant_id) as e
    )
    and exists (
      select
      from comply.audit_trail as a
      where a.record_id = d.id
        and a.tenant_id = d.tenant_id
        and a.table_name = 'destruction_certificates'
        and a.operation = 'INSERT'
        and (a.new_values is null or jsonb_strip_nulls(a.new_values)::text = jsonb_strip_nulls(to_jsonb(d))::text)
    );
end;
$$;

comment on function comply_private.lawful_gaps(text, text) is
  'Return the tenants and months of a stream whose rows were destroyed under a certificate that the headers bear out.';

revoke execute on function comply_private.lawful_gaps(text, text) from public;
