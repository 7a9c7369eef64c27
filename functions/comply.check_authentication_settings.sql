-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. Some settings are hidden
-- from whoever may not pg_read_all_settings.
create or replace function comply.check_authentication_settings()
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
    'authentication_settings',
    'passwords as SCRAM-SHA-256, TLS 1.2 or later, a minute to log in at most, and no rule of access by trust, by '
    'password in the clear or by ident',
    'settings and rules',
    array(
      select (
        format('setting %s', s.name),
        case s.name
          when 'password_encryption' then s.setting = 'scram-sha-256'
          when 'ssl_min_protocol_version' then s.setting in ('TLSv1.2', 'TLSv1.3')
          when 'authentication_timeout' then s.setting::integer <= 60
          when 'scram_iterations' then s.setting::integer >= 4096
          when 'db_user_namespace' then s.setting = 'off'
        end,
        jsonb_build_object(s.name, s.setting),
        null
      )::comply_private.judged
      from pg_settings as s
      where s.name in ('password_encryption', 'ssl_min_protocol_version', 'authentication_timeout', 'scram_iterations',
                       'db_user_namespace')
      union all
      select ('setting ssl_min_protocol_version', null, '{"is_visible": false}', null)::comply_private.judged
      from pg_settings as s
      where (s.name, s.setting) = ('ssl', 'on')
        and not exists (select from pg_settings as t where t.name = 'ssl_min_protocol_version')
      union all
      select (
        r.rule,
        case when r.method is not null then
          r.method <> 'trust' and not (r.is_network and r.method in ('password', 'ident'))
        end,
        jsonb_build_object('network', r.is_network, 'method', r.method),
        null
      )::comply_private.judged
      from comply_private.client_rules() as r
    )) as f;
end;
$$;

comment on function comply.check_authentication_settings() is
  'Check how the server keeps passwords and lets clients in. Where it does not show its rules of access, a '
  'person has to look.';

revoke execute on function comply.check_authentication_settings() from public;
grant  execute on function comply.check_authentication_settings() to comply_auditor, comply_admin, comply_operator;
