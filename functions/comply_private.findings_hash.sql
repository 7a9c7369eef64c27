-- The trail has each row as to_jsonb() writes it; this is the same text, so a run can be compared with the trail.
create or replace function comply_private.findings_hash(findings comply.findings[])
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
begin
  return (
    select sha256(coalesce(string_agg(sha256(convert_to(to_jsonb(f)::text, 'UTF8')), '' order by f.id), ''))
    from unnest(findings_hash.findings) as f
  );
end;
$$;

comment on function comply_private.findings_hash(comply.findings[]) is
  'Return SHA-256 over the hashes of findings, in the order of their ids.';

revoke execute on function comply_private.findings_hash(comply.findings[]) from public;
