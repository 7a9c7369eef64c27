-- The trail has each row as to_jsonb() writes it; this is the same text, so a run can be compared with the trail.
create or replace function comply_private.findings_hash(run uuid)
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
begin
  return (
    select sha256(coalesce(string_agg(sha256(convert_to(to_jsonb(f)::text, 'UTF8')), '' order by f.id), ''))
    from comply.findings as f
    where f.run_id = findings_hash.run
  );
end;
$$;

comment on function comply_private.findings_hash(uuid) is
  'Return SHA-256 over the hashes of the findings of a run, in the order of their ids.';

revoke execute on function comply_private.findings_hash(uuid) from public;
