-- Reads a table that some callers cannot, so it has the owner's rights.
create or replace function comply.check_extensions_allowed()
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
  from pg_extension as e
  left join comply.allowed_extensions as a on a.extension_name = e.extname
  join pg_namespace as n on n.oid = e.extnamespace
  cross join lateral comply_private.finding(
    'extensions_allowed',
    case when a.extension_name is null then 'fail' else 'pass' end,
    e.extname::text,
    'somebody allowed it',
    jsonb_strip_nulls(jsonb_build_object(
      'version', e.extversion,
      'schema', n.nspname,
      'allowed_by', a.allowed_by,
      'reason', a.reason))) as f
  order by e.extname;
end;
$$;

comment on function comply.check_extensions_allowed() is
  'Return of each extension in this database whether somebody allowed it.';

revoke execute on function comply.check_extensions_allowed() from public;
grant  execute on function comply.check_extensions_allowed() to comply_auditor, comply_admin, comply_operator;
