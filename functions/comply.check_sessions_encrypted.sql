-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_sessions_encrypted()
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
    'sessions_encrypted',
    'sessions that come by a network are encrypted with TLS',
    'ways in by network',
    array(
      select (
        format('sessions of %s', s.login),
        case when bool_and(s.is_visible) then bool_and(s.is_encrypted) end,
        jsonb_build_object(
          'sessions', count(*),
          'not_encrypted', count(*) filter (where not s.is_encrypted),
          'not_visible', count(*) filter (where not s.is_visible)),
        null
      )::comply_private.judged
      from comply_private.client_sessions() as s
      where not s.is_local
         or not s.is_visible
      group by s.login
      union all
      select ('setting ssl', s.setting = 'on', jsonb_build_object('ssl', s.setting), null)::comply_private.judged
      from pg_settings as s
      where s.name = 'ssl'
        and current_setting('listen_addresses') !~ '^((localhost|127\.[0-9.]+|::1)(, *|$))*$'
    )) as f;
end;
$$;

comment on function comply.check_sessions_encrypted() is
  'Check that each session that came by a network is encrypted, and that the server takes encrypted ones '
  'where it listens to a network.';

revoke execute on function comply.check_sessions_encrypted() from public;
grant  execute on function comply.check_sessions_encrypted() to comply_auditor, comply_admin, comply_operator;
