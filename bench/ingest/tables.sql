-- What comply.storage_records is compared with. The bare table has its columns, defaults and indexes, and nothing
-- else; a second one has the audit trigger that everybody writes, with the indexes that comply.audit_trail has.

create schema bench;

create table bench.bare (like comply.storage_records including defaults including indexes);
create table bench.triggered (like bench.bare including defaults including indexes);

create table bench.audit_log (
  id             bigint      not null generated always as identity primary key,
  at             timestamptz not null default clock_timestamp(),
  tenant_id      text        not null,
  table_name     text        not null,
  record_id      uuid        not null,
  operation      text        not null,
  user_name      text        not null default session_user,
  old_row        jsonb,
  new_row        jsonb,
  correlation_id uuid,
  transaction_id xid8        not null default pg_current_xact_id()
);

create index on bench.audit_log (record_id);
create index on bench.audit_log (correlation_id) where correlation_id is not null;

create function bench.audit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into bench.audit_log (tenant_id, table_name, record_id, operation, old_row, new_row, correlation_id)
  values (
    coalesce(new.tenant_id, old.tenant_id),
    tg_table_name,
    coalesce(new.id, old.id),
    tg_op,
    case when tg_op <> 'INSERT' then to_jsonb(old) end,
    case when tg_op <> 'DELETE' then to_jsonb(new) end,
    coalesce(new.correlation_id, old.correlation_id));
  return null;
end;
$$;

create trigger audit
  after insert or update or delete
  on bench.triggered
  for each row
  execute function bench.audit();

do $$
begin
  if to_regrole('bench_service') is null then
    create role bench_service login;
  end if;
end;
$$;

grant comply_app to bench_service;
grant usage on schema bench to bench_service;
grant insert on bench.bare, bench.triggered to bench_service;
