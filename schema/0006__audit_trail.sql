-- Who did what to which row, when, in which transaction and request, before and after. Creates a table, so it
-- waits for nobody. Partitions come from comply.ensure_partitions().

create table comply.audit_trail (
  tenant_id      text        not null,
  id             uuid        not null,
  "timestamp"    timestamptz not null,
  table_name     text        not null,
  record_id      uuid        not null,
  operation      text        not null,
  user_id        text        not null,
  active_role    text,
  actor          text,
  old_values     jsonb,
  new_values     jsonb,
  correlation_id uuid,
  ip_address     inet,
  user_agent     text,
  transaction_id xid8        not null,

  constraint audit_trail_pkey primary key (tenant_id, transaction_id, id, "timestamp"),
  constraint audit_trail_operation_check check (operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))
)
partition by range ("timestamp");

-- By record_id alone, and by correlation_id alone: policies add the tenant for those who have one, and an
-- auditor asks across tenants.
create index audit_trail_record_id_idx on comply.audit_trail (record_id);
create index audit_trail_correlation_id_idx on comply.audit_trail (correlation_id)
  where correlation_id is not null;

comment on table comply.audit_trail is 'One row a changed row. Append-only.';
comment on column comply.audit_trail.tenant_id is 'The tenant whose row was changed.';
comment on column comply.audit_trail.id is
  'Orders changes: microseconds of the clock, ordinal in the statement, random bits.';
comment on column comply.audit_trail."timestamp" is 'When the statement changed the row.';
comment on column comply.audit_trail.table_name is 'The table, without its schema; never a partition.';
comment on column comply.audit_trail.record_id is 'The id of the changed row.';
comment on column comply.audit_trail.operation is 'INSERT, UPDATE, DELETE or TRUNCATE.';
comment on column comply.audit_trail.user_id is 'The login role, which the session cannot choose.';
comment on column comply.audit_trail.active_role is 'The role that SET ROLE had taken on; null: none.';
comment on column comply.audit_trail.actor is 'On whose behalf, as the service claims or its token says.';
comment on column comply.audit_trail.old_values is
  'DELETE, TRUNCATE: the row; UPDATE: the changed columns as they were; at audit level minimal their names only.';
comment on column comply.audit_trail.new_values is
  'INSERT, UPDATE: the whole row as it became; null at audit level minimal.';
comment on column comply.audit_trail.correlation_id is 'The request that this change belongs to.';
comment on column comply.audit_trail.ip_address is 'The address of the client; null for a local socket.';
comment on column comply.audit_trail.user_agent is 'What the client calls itself: application_name.';
comment on column comply.audit_trail.transaction_id is 'The transaction that made the change.';
