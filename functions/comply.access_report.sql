-- Runs with the caller's rights: a tenant sees its own part, an auditor all. A read names its statement and
-- its table, not the rows that it returned: of a record it is told who read its table, or the trail that has
-- its images, and the basis says so. A superset, never less. OFFSET 0 makes that a question for each table,
-- which an index answers; as a join, it read the whole log. Planned anew for each call, because one plan for
-- any time reads every month.
create or replace function comply.access_report(
  subject   text        default null,
  actor     text        default null,
  from_time timestamptz default '-infinity',
  to_time   timestamptz default 'infinity'
)
returns table (
  happened_at    timestamptz,
  tenant_id      text,
  operation      text,
  basis          text,
  table_name     text,
  record_id      uuid,
  actor_name     text,
  user_id        text,
  active_role    text,
  correlation_id uuid,
  ip_address     inet,
  query_text     text,
  transaction_id xid8,
  entry_id       uuid
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_subject uuid;
begin
  if num_nonnulls(access_report.subject, access_report.actor) <> 1 then
    raise exception 'a report on % and on % is not one report',
      quote_nullable(access_report.subject), quote_nullable(access_report.actor)
      using errcode = 'PC212',
            hint    = 'Pass a subject or an actor, and not both.';
  end if;

  if access_report.subject !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    raise exception 'subject % names neither a record nor a request', quote_literal(access_report.subject)
      using errcode = 'PC212',
            hint    = 'Pass the id of a record, or the correlation id of a request.';
  end if;

  if access_report.from_time >= access_report.to_time is not false then
    raise exception 'no time lies between % and %', access_report.from_time, access_report.to_time
      using errcode = 'PC212',
            hint    = 'Pass from_time, and a later to_time, which itself is not in the report.';
  end if;

  if access_report.actor is not null then
    return query
    select
      a."timestamp", a.tenant_id, a.operation, 'actor', a.table_name, a.record_id, a.actor, a.user_id, a.active_role,
      a.correlation_id, a.ip_address, null::text, a.transaction_id, a.id
    from comply.audit_trail as a
    where a.actor = access_report.actor
      and a."timestamp" >= access_report.from_time
      and a."timestamp" < access_report.to_time
    union all
    select
      a."timestamp", a.tenant_id, a.operation, 'login', a.table_name, a.record_id, a.actor, a.user_id, a.active_role,
      a.correlation_id, a.ip_address, null, a.transaction_id, a.id
    from comply.audit_trail as a
    where a.user_id = access_report.actor
      and a.actor is null
      and a."timestamp" >= access_report.from_time
      and a."timestamp" < access_report.to_time
    union all
    select
      l."timestamp", l.tenant_id, 'SELECT', 'actor', l.table_name, null, l.actor, l.user_id, l.active_role,
      l.correlation_id, l.ip_address, l.query_text, l.transaction_id, l.id
    from comply.access_log as l
    where l.actor = access_report.actor
      and l."timestamp" >= access_report.from_time
      and l."timestamp" < access_report.to_time
    union all
    select
      l."timestamp", l.tenant_id, 'SELECT', 'login', l.table_name, null, l.actor, l.user_id, l.active_role,
      l.correlation_id, l.ip_address, l.query_text, l.transaction_id, l.id
    from comply.access_log as l
    where l.user_id = access_report.actor
      and l.actor is null
      and l."timestamp" >= access_report.from_time
      and l."timestamp" < access_report.to_time
    order by 14;
    return;
  end if;

  v_subject := access_report.subject::uuid;

  return query
  with place as materialized (
    select distinct a.tenant_id, a.table_name
    from comply.audit_trail as a
    where a.record_id = v_subject
  )
  select
    a."timestamp", a.tenant_id, a.operation, 'record', a.table_name, a.record_id, a.actor, a.user_id, a.active_role,
    a.correlation_id, a.ip_address, null::text, a.transaction_id, a.id
  from comply.audit_trail as a
  where a.record_id = v_subject
    and a."timestamp" >= access_report.from_time
    and a."timestamp" < access_report.to_time
  union all
  select
    a."timestamp", a.tenant_id, a.operation, 'request', a.table_name, a.record_id, a.actor, a.user_id,
    a.active_role, a.correlation_id, a.ip_address, null, a.transaction_id, a.id
  from comply.audit_trail as a
  where a.correlation_id = v_subject
    and a.record_id <> v_subject
    and a."timestamp" >= access_report.from_time
    and a."timestamp" < access_report.to_time
  union all
  select
    l."timestamp", l.tenant_id, 'SELECT', 'request', l.table_name, null, l.actor, l.user_id, l.active_role,
    l.correlation_id, l.ip_address, l.query_text, l.transaction_id, l.id
  from comply.access_log as l
  where l.correlation_id = v_subject
    and l."timestamp" >= access_report.from_time
    and l."timestamp" < access_report.to_time
  union all
  select
    l."timestamp", l.tenant_id, 'SELECT', 'table', l.table_name, null, l.actor, l.user_id, l.active_role,
    l.correlation_id, l.ip_address, l.query_text, l.transaction_id, l.id
  from (
    select p.tenant_id, p.table_name from place as p
    union
    select '_system', p.table_name from place as p
    union
    select p.tenant_id, 'audit_trail' from place as p
    union
    select '_system', 'audit_trail' where exists (select from place)
  ) as w
  cross join lateral (
    select r.*
    from comply.access_log as r
    where r.tenant_id = w.tenant_id
      and r.table_name = w.table_name
      and r.correlation_id is distinct from v_subject
      and r."timestamp" >= access_report.from_time
      and r."timestamp" < access_report.to_time
    offset 0
  ) as l
  order by 14;
end;
$$;

comment on function comply.access_report(text, text, timestamptz, timestamptz) is
  'Return who read and who changed what, the first first: of a subject, the id of a record or of a request, or by '
  'an actor or login, from a time up to another. Basis table: a read that may have shown the record. Raises PC212.';

revoke execute on function comply.access_report(text, text, timestamptz, timestamptz) from public;
grant  execute on function comply.access_report(text, text, timestamptz, timestamptz)
  to comply_app, comply_reader, comply_auditor, comply_admin;
