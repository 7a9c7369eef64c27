-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_keys_rotated()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'keys_rotated',
    'it became active within the last 365 days',
    'active data keys',
    array(
      select (
        format('%s %s', k.tenant_id, k.key_id),
        k.created_at >= comply.now() - interval '365 days',
        jsonb_build_object('purpose', k.purpose, 'version', k.version, 'created_at', k.created_at),
        k.tenant_id
      )::comply_private.judged
      from comply_private.data_keys as k
      where k.state = 'active'
        and k.subject_digest is null
    )) as f;
end;
$$;

comment on function comply.check_keys_rotated() is
  'Check that no data key of a tenant has been the active one for more than a year.';

revoke execute on function comply.check_keys_rotated() from public;
grant  execute on function comply.check_keys_rotated() to comply_auditor, comply_admin, comply_operator;
