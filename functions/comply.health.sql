-- Looks at sessions, settings and private tables, which callers cannot, so it has the owner's rights; it shows
-- no row of a tenant. A check that may not look says warn, never ok.
create or replace function comply.health()
returns table (name text, status text, observed text, threshold text, next_step text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_version integer := current_setting('server_version_num')::integer;
begin
  return query
  select distinct on (p.name)
    p.name,
    p.status,
    case when p.status = 'ok' then format('all of %s tables', count(*) over (partition by p.name))
         else format('%s, in %s', p.observed, string_agg(p.table_name, ', ') over (partition by p.name, p.status)) end,
    p.threshold,
    p.next_step
  from comply.partition_health() as p
  order by p.name, array_position(array['fail', 'warn', 'ok'], p.status), p.table_name;

  return query
  with tenant_table as (
    select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as is_forced
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
  )
  select
    'tables_isolated',
    case when count(*) filter (where f.is_open) > 0 then 'fail' else 'ok' end,
    coalesce(string_agg(f.relname, ', ') filter (where f.is_open), format('all of %s', count(*))),
    'fail at 1 table without forced policies',
    case when bool_or(f.is_open) then 'Deploy again: comply-db drift names what was changed.' end
  from (
    select
      t.relname,
      not t.is_forced
        or not exists (select from pg_policy as y where y.polrelid = t.oid and not y.polpermissive) as is_open
    from tenant_table as t
  ) as f
  union all
  select
    'triggers_enabled',
    case when not bool_and(r.is_there) then 'fail' else 'ok' end,
    coalesce(
      string_agg(format('%s.%s', r.table_name, r.trigger_name), ', ' order by r.table_name, r.trigger_name)
        filter (where not r.is_there),
      format('all of %s', count(*))),
    'fail at 1 trigger missing or disabled',
    case when not bool_and(r.is_there) then 'Deploy again: comply-db drift names what was changed.' end
  from comply_private.required_triggers() as r;

  return query
  select
    'long_transactions',
    case
      when count(*) filter (where s.state is null) > 0 and not pg_has_role('pg_read_all_stats', 'usage') then 'warn'
      when max(comply.now() - s.xact_start) > interval '1 hour' then 'fail'
      when max(comply.now() - s.xact_start) > interval '5 minutes' then 'warn'
      else 'ok'
    end,
    case
      when count(*) filter (where s.state is null) > 0 and not pg_has_role('pg_read_all_stats', 'usage')
        then format('%s session(s) not to be seen', count(*) filter (where s.state is null))
      when max(s.xact_start) is null then 'none'
      else format('%s, pid %s', date_trunc('second', max(comply.now() - s.xact_start)),
                  (array_agg(s.pid order by s.xact_start nulls last))[1])
    end,
    'warn above 5 minutes, fail above 1 hour',
    case
      when count(*) filter (where s.state is null) > 0 and not pg_has_role('pg_read_all_stats', 'usage')
        then 'As an administrator: grant pg_read_all_stats to comply_owner;'
      when max(comply.now() - s.xact_start) > interval '5 minutes'
        then format('Ask its owner, then: select pg_terminate_backend(%s);',
                    (array_agg(s.pid order by s.xact_start nulls last))[1])
    end
  from pg_stat_activity as s
  where s.datname = current_database()
    and s.pid <> pg_backend_pid()
  union all
  select
    'connections',
    case when u.share >= 0.95 then 'fail' when u.share >= 0.8 then 'warn' else 'ok' end,
    format('%s of %s', u.used, u.most),
    'warn at 80 %, fail at 95 %',
    case when u.share >= 0.8 then 'Pool connections (PgBouncer, transaction mode) or raise max_connections.' end
  from (
    select d.used, m.most, d.used / m.most as share
    from (select sum(numbackends)::float8 as used from pg_stat_database) as d
    cross join (select current_setting('max_connections')::float8 as most) as m
  ) as u
  union all
  select
    'replication_lag',
    case
      when l.replicas > 0 and l.lag is null and not pg_has_role('pg_read_all_stats', 'usage') then 'warn'
      when l.lag > interval '5 minutes' then 'fail'
      when l.lag > interval '30 seconds' then 'warn'
      else 'ok'
    end,
    case when l.replicas = 0 then 'no replica' else format('%s replica(s), %s', l.replicas, coalesce(l.lag, '0')) end,
    'warn above 30 seconds, fail above 5 minutes',
    case when l.lag > interval '30 seconds' then 'Look at the load and the network of the slowest replica.' end
  from (
    select count(*) as replicas, max(r.replay_lag) as lag
    from pg_stat_replication as r
  ) as l
  union all
  select
    'transaction_ids',
    case when a.age > 1500000000 then 'fail' when a.age > 500000000 then 'warn' else 'ok' end,
    format('%s old', a.age),
    'warn above 500 million, fail above 1.5 billion',
    case when a.age > 500000000 then 'Find what keeps autovacuum from freezing: long transactions, old slots.' end
  from (select age(d.datfrozenxid) as age from pg_database as d where d.datname = current_database()) as a
  union all
  select
    'indexes_valid',
    case when count(*) > 0 then 'fail' else 'ok' end,
    coalesce(string_agg(i.indexrelid::regclass::text, ', '), 'all'),
    'fail at 1',
    case when count(*) > 0 then 'Drop it with DROP INDEX CONCURRENTLY and deploy again.' end
  from pg_index as i
  join pg_class as c on c.oid = i.indrelid
  where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
    and not i.indisvalid
  union all
  select
    'last_maintenance',
    case
      when m.ran_at is null or m.ran_at < comply.now() - interval '31 days' then 'fail'
      when m.ran_at < comply.now() - interval '8 days' then 'warn'
      else 'ok'
    end,
    coalesce(format('%s: %s', to_char(m.ran_at, 'YYYY-MM-DD HH24:MI'), m.result), 'never'),
    'warn after 8 days, fail after 31',
    case when m.ran_at is null or m.ran_at < comply.now() - interval '8 days'
      then 'Schedule: call comply.maintain();' end
  from (select max(r.ran_at) as ran_at, max(r.result) as result
        from comply_private.maintenance_runs as r
        where r.task = 'comply.ensure_partitions') as m
  union all
  select
    'ledger_sealed',
    case
      when l.sealed_at < comply.now() - interval '1 day' then 'fail'
      when l.sealed_at is null or l.sealed_at < comply.now() - interval '1 hour' then 'warn'
      else 'ok'
    end,
    coalesce(to_char(l.sealed_at, 'YYYY-MM-DD HH24:MI'), 'never'),
    'warn after 1 hour, fail after 1 day',
    case when l.sealed_at is null or l.sealed_at < comply.now() - interval '1 hour'
      then 'Schedule: call comply.seal_audit(); a long transaction keeps rows from being sealed.' end
  from (select s.sealed_at from comply_private.ledger_state as s) as l
  union all
  select
    'ledger_checkpoint',
    case
      when c.made_at < comply.now() - interval '8 days' then 'fail'
      when c.made_at is null or c.made_at < comply.now() - interval '1 day' then 'warn'
      else 'ok'
    end,
    coalesce(to_char(c.made_at, 'YYYY-MM-DD HH24:MI'), 'never'),
    'warn after 1 day, fail after 8',
    case when c.made_at is null or c.made_at < comply.now() - interval '1 day'
      then 'Schedule: comply-db checkpoint --to, somewhere that administrators of the database cannot write.' end
  from (select max(k.made_at) as made_at from comply.ledger_checkpoints as k) as c
  union all
  select
    'rollups_fresh',
    case
      when r.refreshed_at < comply.now() - interval '1 day' then 'fail'
      when r.refreshed_at is null or r.refreshed_at < comply.now() - interval '2 hours' then 'warn'
      else 'ok'
    end,
    coalesce(to_char(r.refreshed_at, 'YYYY-MM-DD HH24:MI'), 'never'),
    'warn after 2 hours, fail after 1 day',
    case when r.refreshed_at is null or r.refreshed_at < comply.now() - interval '2 hours'
      then 'Schedule: call comply.refresh_rollups();' end
  from (select s.refreshed_at from comply_private.rollup_state as s) as r
  union all
  select
    'server_version',
    case when f.floor is null or v_version < f.floor then 'warn' else 'ok' end,
    current_setting('server_version'),
    coalesce(format('warn below %s.%s', f.floor / 10000, f.floor % 10000), '15 to 18'),
    case when f.floor is null or v_version < f.floor
      then 'Install the latest minor release of a supported branch: older ones have known holes.' end
  from (select comply_private.security_floor(v_version) as floor) as f
  union all
  select
    'settings_leak',
    case when count(*) > 0 then 'warn' else 'ok' end,
    coalesce(string_agg(format('%s = %s', s.name, s.setting), ', ' order by s.name), 'none'),
    'warn at 1 setting that writes values into the server log',
    case when count(*) > 0 then 'Set it back: values of statements may hold keys, tokens and personal data.' end
  from pg_settings as s
  where (s.name = 'log_statement' and s.setting in ('all', 'mod'))
     or (s.name = 'log_min_duration_statement' and s.setting <> '-1')
     or (s.name = 'log_min_duration_sample' and s.setting <> '-1')
     or (s.name = 'log_parameter_max_length_on_error' and s.setting <> '0')
     or (s.name in ('debug_print_parse', 'debug_print_plan', 'debug_print_rewritten') and s.setting = 'on')
     or (s.name = 'password_encryption' and s.setting = 'md5')
     or (s.name = 'ssl' and s.setting = 'off' and current_setting('listen_addresses') not in ('', 'localhost', '127.0.0.1'))
  union all
  select
    'keys_leak',
    case when count(*) = 0 then 'ok' when exists (select from comply_private.data_keys) then 'fail' else 'warn' end,
    coalesce(string_agg(format('%s = %s', l.name, l.setting), ', ' order by l.name), 'none'),
    'warn at 1 setting that writes bound parameters or plans into the server log, fail once there are data keys',
    case when count(*) > 0
      then 'Set it as docs/encryption.md says, then rotate: comply-db keys rotate, as the log has had data keys.' end
  from comply_private.leaking_settings() as l
  union all
  select
    'reads_logged',
    case
      when r.wrong > 0 then 'fail'
      when r.tenants > 0 and (r.is_mute or r.leaks) then 'warn'
      else 'ok'
    end,
    case
      when r.wrong > 0 then format('%s policies not as they should be', r.wrong)
      when r.tenants > 0 and r.is_mute then 'log_min_messages = ' || current_setting('log_min_messages')
      when r.tenants > 0 and r.leaks then 'log_min_error_statement = ' || current_setting('log_min_error_statement')
      else format('%s verbose tenant(s)', r.tenants)
    end,
    'fail at 1 policy missing or left; with verbose tenants, warn where the server log has no line, or literals too',
    case
      when r.wrong > 0 then 'As comply_owner: select comply_private.log_reads();'
      when r.tenants > 0 and r.is_mute then 'Set log_min_messages to log or lower.'
      when r.tenants > 0 and r.leaks then 'Set log_min_error_statement to fatal.'
    end
  from (
    select
      (select count(*)
       from comply_private.read_hooks() as h
       where h.is_there is distinct from nullif(h.is_wanted, false)) as wrong,
      (select count(*) from comply.tenant_configs as t where t.audit_level = 'verbose') as tenants,
      current_setting('log_min_messages') in ('fatal', 'panic') as is_mute,
      current_setting('log_min_error_statement') not in ('fatal', 'panic')
        and not has_parameter_privilege('comply_owner', 'log_min_error_statement', 'set') as leaks
  ) as r
  union all
  select
    'tenant_context',
    case when c.profile is distinct from 'trusted' and c.keys = 0 then 'fail' else 'ok' end,
    format('%s, %s active key(s)', coalesce(c.profile, 'strict, as the setting is missing'), c.keys),
    'fail in profile strict without an active key',
    case when c.profile is distinct from 'trusted' and c.keys = 0 then 'select comply.rotate_context_key(kid, key);' end
  from (
    select
      (select s.profile from comply_private.context_settings as s) as profile,
      (select count(*) from comply_private.context_keys as k where k.state = 'active') as keys
  ) as c;

  if to_regclass('comply.erasures') is not null then
    return query
    select
      'erasures_done',
      case when d.late > 0 then 'fail' when d.waiting > 0 or d.open > 0 then 'warn' else 'ok' end,
      format('%s late, %s deferred past their date, %s not finished', d.late, d.waiting, d.open),
      'fail at 1 that is past its date without a hold; warn at 1 that a hold keeps past it, or that is open for a day',
      case
        when d.late > 0 then 'As comply_admin: carry it out by comply.erase_subject(), or call comply.redact_erased();'
        when d.waiting > 0 then 'Ask legal counsel: comply.erasure_report() names the matter.'
        when d.open > 0 then 'Schedule: call comply.redact_erased(); retention destroys the rows of tenants.'
      end
    from (
      select
        count(*) filter (where e.shredded_at is null and e.due_at < comply.now() and e.matter is null) as late,
        count(*) filter (where e.shredded_at is null and e.due_at < comply.now() and e.matter is not null) as waiting,
        count(*) filter (where e.shredded_at < comply.now() - interval '1 day') as open
      from comply.erasures as e
      where e.state <> 'done'
    ) as d;
  end if;
end;
$$;

comment on function comply.health() is
  'Return one row a check: its name, ok, warn or fail, what was observed, the threshold, and what to do next.';

revoke execute on function comply.health() from public;
grant  execute on function comply.health() to comply_auditor, comply_admin, comply_operator;
