-- Whoever may not pg_read_all_stats sees no more of another session than its login: is_visible says so. Loopback is no
-- network.
create or replace function comply_private.client_sessions()
returns table (login text, is_visible boolean, is_local boolean, is_encrypted boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    s.usename::text,
    s.backend_type is not null,
    s.client_addr is null or s.client_addr <<= '127.0.0.0/8' or s.client_addr = '::1',
    coalesce(t.ssl, false)
  from pg_stat_activity as s
  left join pg_stat_ssl as t on t.pid = s.pid
  where s.datname = current_database()
    -- What kind a session is, is hidden as well.
    and coalesce(s.backend_type, 'client backend') = 'client backend';
end;
$$;

comment on function comply_private.client_sessions() is
  'Return the sessions of this database: the login, whether we see more, whether it came by a network, and encrypted.';

revoke execute on function comply_private.client_sessions() from public;
