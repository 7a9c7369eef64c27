-- Who read what, and who was refused. Creates tables, so nobody waits for those; the indexes at the end make
-- writers of the audit trail and of tenants wait while they are built. Until the files in policies/ have run, only
-- the owner gets in. The keys are those of the audit trail, so that the same code can seal them.

create sequence comply_private.access_log_seq;
create sequence comply_private.security_events_seq;

create table comply.access_log (
  tenant_id      text        not null,
  id             uuid        not null,
  "timestamp"    timestamptz not null,
  table_name     text        not null,
  user_id        text        not null,
  active_role    text,
  actor          text,
  correlation_id uuid,
  ip_address     inet,
  user_agent     text,
  query_id       bigint,
  query_text     text        not null,
  seq            bigint      not null,
  transaction_id xid8        not null,

  constraint access_log_pkey primary key (tenant_id, transaction_id, id, "timestamp"),
  constraint access_log_query_text_check check (length(query_text) <= 1000)
)
partition by range ("timestamp");

create index access_log_table_name_idx on comply.access_log (tenant_id, table_name, "timestamp");
create index access_log_actor_idx on comply.access_log (actor, "timestamp") where actor is not null;
create index access_log_user_id_idx on comply.access_log (user_id, "timestamp") where actor is null;
create index access_log_correlation_id_idx on comply.access_log (correlation_id)
  where correlation_id is not null;

comment on table comply.access_log is 'One row a statement that read a table of tenants. Append-only.';
comment on column comply.access_log.tenant_id is
  'The tenant that read its rows; _system: an administrator or auditor, who reads those of all.';
comment on column comply.access_log.id is 'Orders reads; the server''s log line of this read has it too.';
comment on column comply.access_log."timestamp" is 'When the statement read.';
comment on column comply.access_log.table_name is 'The table, without its schema; never a partition.';
comment on column comply.access_log.user_id is 'The login role, which the session cannot choose.';
comment on column comply.access_log.active_role is 'The role that SET ROLE had taken on; null: none.';
comment on column comply.access_log.actor is 'On whose behalf, as the service claims or its token says.';
comment on column comply.access_log.correlation_id is 'The request that this read belongs to.';
comment on column comply.access_log.ip_address is 'The address of the client; null for a local socket.';
comment on column comply.access_log.user_agent is 'What the client calls itself: application_name.';
comment on column comply.access_log.query_id is 'That of pg_stat_statements; null where it is not computed.';
comment on column comply.access_log.query_text is
  'What the client sent, without literals and comments: the first 1,000 characters.';
comment on column comply.access_log.seq is
  'Counts reads of all tenants. A number that is missing was rolled back by its reader, or lost in a crash.';
comment on column comply.access_log.transaction_id is 'The transaction that read.';

create table comply.security_events (
  tenant_id      text        not null,
  id             uuid        not null,
  "timestamp"    timestamptz not null,
  code           text        not null,
  message        text        not null,
  table_name     text,
  user_id        text        not null,
  active_role    text,
  actor          text,
  correlation_id uuid,
  ip_address     inet,
  user_agent     text,
  seq            bigint      not null,
  transaction_id xid8        not null,

  constraint security_events_pkey primary key (tenant_id, transaction_id, id, "timestamp"),
  constraint security_events_code_check check (code ~ '^[0-9A-Z]{5}$'),
  constraint security_events_message_check check (length(message) <= 300)
)
partition by range ("timestamp");

create index security_events_timestamp_idx on comply.security_events ("timestamp");

comment on table comply.security_events is
  'One row a refusal that was recorded. Append-only. The server''s log has those as well that left no row.';
comment on column comply.security_events.tenant_id is 'The tenant in context; _system where there was none.';
comment on column comply.security_events.id is 'Orders events.';
comment on column comply.security_events."timestamp" is 'When it was recorded.';
comment on column comply.security_events.code is 'The SQLSTATE of the refusal.';
comment on column comply.security_events.message is
  'What the refusal said, or what a service said of it: the first 300 characters.';
comment on column comply.security_events.table_name is 'The table that was not to be written; null: none.';
comment on column comply.security_events.user_id is 'The login role, which the session cannot choose.';
comment on column comply.security_events.active_role is 'The role that SET ROLE had taken on; null: none.';
comment on column comply.security_events.actor is 'On whose behalf, as the service claims or its token says.';
comment on column comply.security_events.correlation_id is 'The request that was refused.';
comment on column comply.security_events.ip_address is 'The address of the client; null for a local socket.';
comment on column comply.security_events.user_agent is 'What the client calls itself: application_name.';
comment on column comply.security_events.seq is
  'Counts these and what comply.enter() refused: a number that is missing is in the server''s log only.';
comment on column comply.security_events.transaction_id is 'The transaction that recorded it.';

-- Whether a transaction that cannot write may read all the same: then the server's log alone tells of it.
alter table comply_private.context_settings
  add column unwritable_reads text not null default 'log',
  -- squawk-ignore constraint-missing-not-valid
  add constraint context_settings_unwritable_reads_check check (unwritable_reads in ('log', 'refuse'));

comment on column comply_private.context_settings.unwritable_reads is
  'A read that has to be logged in a transaction that cannot write: log it in the server''s log only, or refuse it.';

comment on column comply.tenant_configs.audit_level is
  'minimal: who, when, which row and columns; standard: what changed as well; verbose: both full images, and '
  'each statement that reads.';

-- Which tenants are verbose: asked for each change of a tenant.
-- squawk-ignore require-concurrent-index-creation
create index tenant_configs_verbose_idx on comply.tenant_configs (tenant_id) where audit_level = 'verbose';

-- What an actor did, or a login that acted for nobody else, for comply.access_report(): each row is in one of the
-- two.
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_actor_idx on comply.audit_trail (actor, "timestamp") where actor is not null;
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_user_id_idx on comply.audit_trail (user_id, "timestamp") where actor is null;

-- The triggers and the policies of a partition come with those of its table, which are the next files.
do $$
begin
  perform comply.ensure_partitions(3);
end;
$$;
