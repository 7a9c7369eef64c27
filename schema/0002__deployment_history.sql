-- What was deployed: the present in one table, the past in the other. Creates tables, so it waits for nobody.
-- Until the policies have run, only the owner gets in.

create table comply_private.schema_migrations (
  path             text    not null,
  kind             text    not null,
  version          integer,
  checksum         bytea   not null,
  status           text    not null,
  statements_total integer,
  statements_done  integer,
  done_hashes      bytea[],
  in_flight        text,
  objects          jsonb   not null default '{}',
  fingerprint      bytea,
  last_seq         bigint,

  constraint schema_migrations_pkey primary key (path),
  constraint schema_migrations_version_key unique (version),
  constraint schema_migrations_kind_check check (kind in ('schema', 'functions', 'triggers', 'policies')),
  constraint schema_migrations_version_check check ((kind = 'schema') = (version is not null)),
  constraint schema_migrations_checksum_check check (octet_length(checksum) = 32),
  constraint schema_migrations_status_check check (status in ('applied', 'running', 'partial')),
  constraint schema_migrations_objects_check check (jsonb_typeof(objects) = 'object'),
  constraint schema_migrations_progress_check check (
    (status = 'applied') = (statements_total is null)
    and (statements_total is null) = (statements_done is null)
    and (statements_total is null) = (done_hashes is null)
    and cardinality(done_hashes) = statements_done
    and statements_done <= statements_total
    and (status <> 'applied' or in_flight is null)
  )
);

comment on table comply_private.schema_migrations is
  'One row a file that is in force; it changes in the transaction that changes the schema.';
comment on column comply_private.schema_migrations.path is 'The file, from the root of the source tree.';
comment on column comply_private.schema_migrations.kind is 'The folder of the file.';
comment on column comply_private.schema_migrations.version is
  'The number of a schema file; null for the others.';
comment on column comply_private.schema_migrations.checksum is 'SHA-256 of the text that was sent.';
comment on column comply_private.schema_migrations.status is
  'running or partial: a file without a transaction that is under way, or that stopped half-way.';
comment on column comply_private.schema_migrations.statements_total is
  'While not applied: statements in the file.';
comment on column comply_private.schema_migrations.statements_done is
  'While not applied: statements that are done.';
comment on column comply_private.schema_migrations.done_hashes is
  'While not applied: SHA-256 of each one done.';
comment on column comply_private.schema_migrations.in_flight is
  'The statement that was sent last and may be done.';
comment on column comply_private.schema_migrations.objects is
  'What the file made or changed, each with its fingerprint; while not applied, what was there before.';
comment on column comply_private.schema_migrations.fingerprint is
  'SHA-256 of objects, right after the file ran.';
comment on column comply_private.schema_migrations.last_seq is 'The event that this row comes from.';

create table comply_private.schema_migration_events (
  seq            bigint      not null generated always as identity,
  run_id         uuid        not null,
  event          text        not null,
  path           text,
  kind           text,
  version        integer,
  checksum       bytea,
  content        text,
  revert_content text,
  transactional  boolean,
  statements     integer,
  objects        jsonb,
  sqlstate       text,
  message        text,
  error_line     integer,
  attempts       integer     not null default 1,
  started_at     timestamptz not null,
  finished_at    timestamptz not null,
  context        jsonb,
  prev_hash      bytea,
  row_hash       bytea       not null,

  constraint schema_migration_events_pkey primary key (seq),
  -- The chain has one order and no fork: two rows never follow the same one, and only one follows none.
  constraint schema_migration_events_prev_hash_key unique nulls not distinct (prev_hash),
  constraint schema_migration_events_event_check check (
    event in ('run_begin', 'apply', 'revert', 'verify', 'baseline', 'accept', 'skip', 'fail', 'interrupted',
              'prune', 'run_end')
  ),
  constraint schema_migration_events_attempts_check check (attempts >= 1)
);

create index schema_migration_events_path_seq_idx on comply_private.schema_migration_events (path, seq);

comment on table comply_private.schema_migration_events is
  'One row a thing that a deployment did, chained by hashes. Append-only.';
comment on column comply_private.schema_migration_events.seq is 'The order of events; gaps are rollbacks.';
comment on column comply_private.schema_migration_events.run_id is 'The run of the runner that wrote it.';
comment on column comply_private.schema_migration_events.event is 'What happened.';
comment on column comply_private.schema_migration_events.path is 'The file that it is about, if any.';
comment on column comply_private.schema_migration_events.kind is 'The folder of the file.';
comment on column comply_private.schema_migration_events.version is 'The number of a schema file.';
comment on column comply_private.schema_migration_events.checksum is 'SHA-256 of content.';
comment on column comply_private.schema_migration_events.content is 'The text that was sent.';
comment on column comply_private.schema_migration_events.revert_content is
  'The text that undoes it, kept so that a revert needs no source tree.';
comment on column comply_private.schema_migration_events.transactional is
  'Whether the file ran in one transaction with this row.';
comment on column comply_private.schema_migration_events.statements is
  'Statements of a file without a transaction.';
comment on column comply_private.schema_migration_events.objects is
  'Each object that was made or changed with its fingerprint, each that was dropped with null.';
comment on column comply_private.schema_migration_events.sqlstate is 'The code of the error.';
comment on column comply_private.schema_migration_events.message is 'The text of the error.';
comment on column comply_private.schema_migration_events.error_line is 'The line of the file where it is.';
comment on column comply_private.schema_migration_events.attempts is 'How often a lock had to be tried for.';
comment on column comply_private.schema_migration_events.started_at is 'When the work began.';
comment on column comply_private.schema_migration_events.finished_at is 'When this row was written.';
comment on column comply_private.schema_migration_events.context is
  'Who ran it, from where, with which options.';
comment on column comply_private.schema_migration_events.prev_hash is
  'row_hash of the event before; null for the first.';
comment on column comply_private.schema_migration_events.row_hash is 'SHA-256 of prev_hash and this row.';
