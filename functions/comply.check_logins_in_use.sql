-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. What a service did on
-- behalf of others has no index by login, so the trail is read for those alone that nothing else tells of, once for all
-- of them. A server keeps no date of when a login was made: a new one needs an end date until it is used.
create or replace function comply.check_logins_in_use()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_since  timestamptz := comply.now() - interval '90 days';
  v_logins text[];
  v_idle   text[];
begin
  select coalesce(array_agg(r.rolname::text), '{}')
  into v_logins
  from pg_roles as r
  where r.rolcanlogin
    and not r.rolsuper
    and exists (
      select
      from pg_roles as g
      where g.rolname ~ '^comply_(owner|app|reader|analyst|auditor|admin|operator)$'
        and pg_has_role(r.oid, g.oid, 'member')
    );

  select coalesce(array_agg(l.login), '{}')
  into v_idle
  from unnest(v_logins) as l (login)
  join pg_roles as r on r.rolname = l.login
  where coalesce(r.rolvaliduntil = 'infinity', true)
    and not exists (select from pg_stat_activity as s where s.usename = l.login)
    and not exists (
      select
      from comply.audit_trail as a
      where a.user_id = l.login
        and a.actor is null
        and a."timestamp" >= v_since
    )
    and not exists (
      select
      from comply.access_log as a
      where a.user_id = l.login
        and a.actor is null
        and a."timestamp" >= v_since
    );

  if cardinality(v_idle) > 0 then
    v_idle := array(
      select i.login
      from unnest(v_idle) as i (login)
      except
      select e.user_id
      from comply.admin_events(v_since, 'infinity') as e
    );
  end if;

  if cardinality(v_idle) > 0 then
    v_idle := array(
      select i.login
      from unnest(v_idle) as i (login)
      except
      select a.user_id
      from comply.audit_trail as a
      where a.user_id = any (v_idle)
        and a.actor is not null
        and a."timestamp" >= v_since
      except
      select a.user_id
      from comply.access_log as a
      where a.user_id = any (v_idle)
        and a.actor is not null
        and a."timestamp" >= v_since
    );
  end if;

  return query
  select f.*
  from comply_private.findings_of(
    'logins_in_use',
    'an end date (VALID UNTIL), or something done within 90 days',
    'logins',
    array(
      select (
        r.rolname,
        r.rolname <> all (v_idle),
        jsonb_build_object('valid_until', r.rolvaliduntil, 'unused_since', v_since),
        null
      )::comply_private.judged
      from pg_roles as r
      where r.rolname = any (v_logins)
    )) as f;
end;
$$;

comment on function comply.check_logins_in_use() is
  'Check that each login that may use comply-db has an end date, or did something within 90 days.';

revoke execute on function comply.check_logins_in_use() from public;
grant  execute on function comply.check_logins_in_use() to comply_auditor, comply_admin, comply_operator;
