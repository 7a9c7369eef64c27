-- How the trail is asked, and what administrators leave beside it. The first ALTER TABLE rewrites the trail and
-- locks it until that is done, because every row gets the key of its change; the indexes lock it against writes.
-- B-trees cost every insert, so each is where most inserts pass it by, or always at its right end:
-- bench/audit_search has the figures.

create type comply.audit_entry as (
  "timestamp"     timestamptz,
  tenant_id       text,
  table_name      text,
  record_id       uuid,
  operation       text,
  changed_columns text[],
  actor           text,
  user_id         text,
  active_role     text,
  old_values      jsonb,
  new_values      jsonb,
  correlation_id  uuid,
  ip_address      inet,
  user_agent      text,
  transaction_id  xid8,
  id              uuid,
  redacted_digest bytea,
  cursor          text
);

comment on type comply.audit_entry is
  'A row of the trail as comply.audit_search() returns it: without salt, with the columns that changed.';
comment on column comply.audit_entry.changed_columns is 'UPDATE: the columns that it changed, by name; else null.';
comment on column comply.audit_entry.cursor is 'Where the row stands: pass it as after for what follows.';

-- The condition stands before the call, so that rows without a key do not even call.
alter table comply.audit_trail
  -- squawk-ignore adding-field-with-default
  add column change text generated always as (
    case
      when operation <> 'INSERT' or table_name not in ('storage_records', 'detector_executions', 'model_metrics')
        then comply_private.change_key(table_name, operation, old_values, new_values)
    end
  ) stored;

comment on column comply.audit_trail.change is
  'Operation, table, and changed columns: where rare changes are found. Null for new rows of the large tables.';

-- Newest first, with what most questions ask for, so that rows which do not match are passed by in the index.
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_timestamp_idx on comply.audit_trail ("timestamp", tenant_id, table_name, operation);
-- With tenant and operation, so that a busy actor's rows which do not match are passed by in the index as well.
-- squawk-ignore require-concurrent-index-deletion
drop index comply.audit_trail_actor_idx;
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_actor_idx on comply.audit_trail (actor, "timestamp", tenant_id, operation)
  where actor is not null;
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_change_timestamp_idx on comply.audit_trail (change, "timestamp", tenant_id)
  where change is not null;

-- With the time, so that the last page of a load of a million lines is as near as the first.
-- squawk-ignore require-concurrent-index-deletion
drop index comply.audit_trail_correlation_id_idx;
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_correlation_id_timestamp_idx on comply.audit_trail (correlation_id, "timestamp")
  where correlation_id is not null;

-- Keys and profile belong to no tenant, so that the trail has no place for what is done to them.
create table comply_private.admin_events (
  id             uuid        not null default comply.new_id(),
  happened_at    timestamptz not null,
  action         text        not null,
  object         text        not null,
  user_id        text        not null,
  active_role    text,
  old_values     jsonb,
  new_values     jsonb,
  ip_address     inet,
  user_agent     text,
  transaction_id xid8        not null,

  constraint admin_events_pkey primary key (id),
  constraint admin_events_action_check check (action in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))
);

create index admin_events_happened_at_idx on comply_private.admin_events (happened_at);

comment on table comply_private.admin_events is
  'One row a change of keys and profile, whoever made it. Append-only; never a key.';
comment on column comply_private.admin_events.id is 'Orders events.';
comment on column comply_private.admin_events.happened_at is 'When it was done.';
comment on column comply_private.admin_events.action is 'INSERT, UPDATE, DELETE or TRUNCATE.';
comment on column comply_private.admin_events.object is 'The table.';
comment on column comply_private.admin_events.user_id is 'The login role, which the session cannot choose.';
comment on column comply_private.admin_events.active_role is 'The role that SET ROLE had taken on; null: none.';
comment on column comply_private.admin_events.old_values is 'The row as it was, without the key.';
comment on column comply_private.admin_events.new_values is 'The row as it became, without the key.';
comment on column comply_private.admin_events.ip_address is 'The address of the client; null for a local socket.';
comment on column comply_private.admin_events.user_agent is 'What the client calls itself: application_name.';
comment on column comply_private.admin_events.transaction_id is 'The transaction that did it.';
