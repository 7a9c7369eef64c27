-- Runs with the caller's rights: a tenant sees its own part, an auditor all. A read names its statement and
-- not the rows that it returned, so of a table that was only read all rows of the tenant are in question:
-- is_bounded says which it is. Planned anew for each call, because one plan for any time reads every month. Whoever has
-- a login's password names whatever actor he likes, so a login's scope is all that came through it. Actors have an
-- index and logins behind them have none: the span is read only for a name that is a role, or that is no actor's.
create or replace function comply.breach_scope(
  actor     text,
  from_time timestamptz default '-infinity',
  to_time   timestamptz default 'infinity'
)
returns table (
  tenant_id        text,
  table_name       text,
  operation        text,
  is_bounded       boolean,
  statements       bigint,
  records          bigint,
  subjects         bigint,
  unknown_subjects bigint,
  classification   text,
  personal_columns text[],
  subject_kinds    text[],
  first_at         timestamptz,
  last_at          timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_is_login boolean;
begin
  if breach_scope.actor is null or breach_scope.from_time >= breach_scope.to_time is not false then
    raise exception 'nothing is in the scope of % between % and %',
      quote_nullable(breach_scope.actor), breach_scope.from_time, breach_scope.to_time
      using errcode = 'PC212',
            hint    = 'Pass an actor or a login, a time, and a later time, which itself is not in it.';
  end if;

  v_is_login := exists (select from pg_roles as r where r.rolname = breach_scope.actor)
    or not (
      exists (select from comply.audit_trail as a where a.actor = breach_scope.actor)
      or exists (select from comply.access_log as r where r.actor = breach_scope.actor)
    );

  return query
  select
    s.tenant_id,
    s.table_name,
    s.operation,
    s.operation <> 'SELECT',
    s.statements,
    s.records,
    s.subjects,
    s.unknown_subjects,
    coalesce(l.classification, 'internal'),
    l.personal_columns,
    l.subject_kinds,
    s.first_at,
    s.last_at
  from (
    select
      a.tenant_id,
      a.table_name,
      a.operation,
      count(distinct a.transaction_id) as statements,
      count(distinct a.record_id) as records,
      count(distinct coalesce(a.new_values ->> 'subject_id', a.old_values ->> 'subject_id')) as subjects,
      count(distinct a.record_id) filter (where a.new_values is null and not coalesce(a.old_values ? 'id', false))
        as unknown_subjects,
      min(a."timestamp") as first_at,
      max(a."timestamp") as last_at
    from comply.audit_trail as a
    where (
        a.actor = breach_scope.actor
        or (a.user_id = breach_scope.actor and (a.actor is null or v_is_login))
      )
      and a."timestamp" >= breach_scope.from_time
      and a."timestamp" < breach_scope.to_time
    group by a.tenant_id, a.table_name, a.operation
    union all
    select
      r.tenant_id, r.table_name, 'SELECT', count(*), null, null, null, min(r."timestamp"), max(r."timestamp")
    from comply.access_log as r
    where (
        r.actor = breach_scope.actor
        or (r.user_id = breach_scope.actor and (r.actor is null or v_is_login))
      )
      and r."timestamp" >= breach_scope.from_time
      and r."timestamp" < breach_scope.to_time
    group by r.tenant_id, r.table_name
  ) as s
  cross join lateral comply.table_labels(s.table_name) as l
  order by s.tenant_id, s.table_name, s.operation;
end;
$$;

comment on function comply.breach_scope(text, timestamptz, timestamptz) is
  'Return what an actor touched in a span of time, or a login in whosever name, by tenant, table and operation: how '
  'many records and subjects, and what they may have contained by the labels. is_bounded false: reads, which may have '
  'shown every row of the table. unknown_subjects: records whose images are gone, or were never kept. Raises '
  'PC212.';

revoke execute on function comply.breach_scope(text, timestamptz, timestamptz) from public;
grant  execute on function comply.breach_scope(text, timestamptz, timestamptz)
  to comply_app, comply_reader, comply_auditor, comply_admin;
