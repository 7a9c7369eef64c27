-- The ledger over the trail: sealed blocks, what proves them, checkpoints, and certificates for what was lawfully
-- destroyed. The first statement rewrites the trail and locks it until that is done, because every row needs a
-- salt of its own; the others create tables and wait for nobody.

alter table comply.audit_trail
  -- squawk-ignore adding-field-with-default
  add column salt uuid default gen_random_uuid(),
  add column redacted_digest bytea,
  -- squawk-ignore constraint-missing-not-valid
  add constraint audit_trail_redacted_digest_check check (
    (redacted_digest is null) = (salt is not null)
    and (redacted_digest is null
         or (octet_length(redacted_digest) = 32 and old_values is null and new_values is null))
  ),
  -- squawk-ignore ban-drop-constraint
  drop constraint audit_trail_operation_check,
  -- squawk-ignore constraint-missing-not-valid
  add constraint audit_trail_operation_check
    check (operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REDACT'));

comment on column comply.audit_trail.operation is
  'INSERT, UPDATE, DELETE or TRUNCATE; REDACT: the images of a row of the trail itself were removed.';
comment on column comply.audit_trail.salt is 'Random, so that a hash of the images tells nobody what they say.';
comment on column comply.audit_trail.redacted_digest is
  'What the ledger hashed for salt and images, of a row that has been redacted since; null: none of it is gone.';

-- Where an audit id is: a month's worth of pages, 16 at a time. A B-tree would cost every insert.
-- squawk-ignore require-concurrent-index-creation
create index audit_trail_id_idx on comply.audit_trail using brin (id) with (pages_per_range = 16, autosummarize = on);

-- squawk-ignore require-concurrent-index-creation
create index audit_trail_redacted_idx on comply.audit_trail (tenant_id, id) where redacted_digest is not null;

create table comply.ledger_blocks (
  tenant_id            text        not null,
  stream               text        not null,
  block_no             bigint      not null,
  incarnation          integer     not null,
  period               timestamptz not null,
  pass_no              bigint      not null,
  xid_from             xid8        not null,
  xid_to               xid8        not null,
  first_transaction_id xid8        not null,
  first_id             uuid        not null,
  last_transaction_id  xid8        not null,
  last_id              uuid        not null,
  leaf_count           integer     not null,
  root                 bytea       not null,
  history_root         bytea       not null,
  fingerprint          bytea       not null,
  sealed_at            timestamptz not null,

  constraint ledger_blocks_pkey primary key (tenant_id, stream, block_no),
  constraint ledger_blocks_stream_check check (stream in ('audit_trail', 'access_log')),
  constraint ledger_blocks_block_no_check check (block_no >= 0),
  constraint ledger_blocks_leaf_count_check check (leaf_count between 1 and 1024),
  constraint ledger_blocks_digests_check
    check (octet_length(root) = 32 and octet_length(history_root) = 32 and octet_length(fingerprint) = 32)
);

comment on table comply.ledger_blocks is 'One row a sealed block: its header. Append-only, kept for ever.';
comment on column comply.ledger_blocks.tenant_id is 'The tenant whose rows are sealed; _system: no tenant''s.';
comment on column comply.ledger_blocks.stream is 'The table whose rows are sealed: audit_trail or access_log.';
comment on column comply.ledger_blocks.block_no is 'Counts the blocks of the tenant and stream, from 0.';
comment on column comply.ledger_blocks.incarnation is 'Counts the lives of the database, from 1: restores begin one.';
comment on column comply.ledger_blocks.period is 'The month, UTC, that all rows of the block are in.';
comment on column comply.ledger_blocks.pass_no is 'Counts the passes of the sealer over the whole database.';
comment on column comply.ledger_blocks.xid_from is 'Every row of an earlier transaction was sealed before.';
comment on column comply.ledger_blocks.xid_to is 'Every row of an earlier transaction is sealed with this pass.';
comment on column comply.ledger_blocks.first_transaction_id is 'The transaction of the first row.';
comment on column comply.ledger_blocks.first_id is 'The id of the first row.';
comment on column comply.ledger_blocks.last_transaction_id is 'The transaction of the last row.';
comment on column comply.ledger_blocks.last_id is 'The id of the last row.';
comment on column comply.ledger_blocks.leaf_count is 'How many rows the block has, 1 to 1,024.';
comment on column comply.ledger_blocks.root is 'The Merkle root over the rows, in order of transaction and id.';
comment on column comply.ledger_blocks.history_root is
  'The Merkle root over the headers of all earlier blocks of the tenant and stream.';
comment on column comply.ledger_blocks.fingerprint is
  'A hash over the triggers, functions, policies and grants that were in force.';
comment on column comply.ledger_blocks.sealed_at is 'When the block was sealed.';

create table comply.ledger_checkpoints (
  seq          bigint      not null,
  incarnation  integer     not null,
  made_at      timestamptz not null,
  pass_no      bigint      not null,
  xid_to       xid8        not null,
  heads        bigint      not null,
  heads_root   bytea       not null,
  history_root bytea       not null,
  digest       bytea       not null,

  constraint ledger_checkpoints_pkey primary key (seq),
  constraint ledger_checkpoints_digest_key unique (digest),
  constraint ledger_checkpoints_seq_check check (seq >= 0),
  constraint ledger_checkpoints_heads_check check (heads >= 0),
  constraint ledger_checkpoints_digests_check
    check (octet_length(heads_root) = 32 and octet_length(history_root) = 32 and octet_length(digest) = 32)
);

comment on table comply.ledger_checkpoints is
  'One row a checkpoint: one digest over everything that was sealed. Append-only, kept for ever.';
comment on column comply.ledger_checkpoints.seq is 'Counts the checkpoints, from 0.';
comment on column comply.ledger_checkpoints.incarnation is 'The life of the database, from 1.';
comment on column comply.ledger_checkpoints.made_at is 'When the checkpoint was made.';
comment on column comply.ledger_checkpoints.pass_no is 'The last pass of the sealer that it covers.';
comment on column comply.ledger_checkpoints.xid_to is 'Every row of an earlier transaction is sealed.';
comment on column comply.ledger_checkpoints.heads is 'How many heads it folds: pairs of tenant and stream.';
comment on column comply.ledger_checkpoints.heads_root is 'The Merkle root over the heads, by tenant and stream.';
comment on column comply.ledger_checkpoints.history_root is 'The Merkle root over all earlier digests.';
comment on column comply.ledger_checkpoints.digest is 'The hash over all of this: what leaves the database.';

-- Names a damaged row where the root could only name the block; 16 bytes of id and 32 of hash a row.
create table comply_private.ledger_leaves (
  tenant_id text        not null,
  stream    text        not null,
  block_no  bigint      not null,
  period    timestamptz not null,
  leaves    bytea       not null,

  constraint ledger_leaves_pkey primary key (tenant_id, stream, block_no),
  constraint ledger_leaves_leaves_check check (octet_length(leaves) % 48 = 0)
);

alter table comply_private.ledger_leaves alter column leaves set storage external;

comment on table comply_private.ledger_leaves is 'One row a block: the id and the leaf hash of each of its rows.';
comment on column comply_private.ledger_leaves.tenant_id is 'The tenant of the block.';
comment on column comply_private.ledger_leaves.stream is 'The stream of the block.';
comment on column comply_private.ledger_leaves.block_no is 'The number of the block.';
comment on column comply_private.ledger_leaves.period is 'The month of the block, with which this goes.';
comment on column comply_private.ledger_leaves.leaves is '48 bytes a row, in order: 16 of its id, 32 of its hash.';

-- A finished subtree never changes, so proofs read these instead of hashing every header again.
create table comply_private.ledger_nodes (
  tenant_id text    not null,
  stream    text    not null,
  level     integer not null,
  node_no   bigint  not null,
  hash      bytea   not null,

  constraint ledger_nodes_pkey primary key (tenant_id, stream, level, node_no),
  constraint ledger_nodes_hash_check check (octet_length(hash) = 32)
);

comment on table comply_private.ledger_nodes is
  'One row a finished subtree over headers; tenant _system, stream checkpoints: over digests.';
comment on column comply_private.ledger_nodes.tenant_id is 'The tenant of the headers.';
comment on column comply_private.ledger_nodes.stream is 'The stream of the headers.';
comment on column comply_private.ledger_nodes.level is '0: a header''s own hash; n: over 2^n headers.';
comment on column comply_private.ledger_nodes.node_no is 'Counts the subtrees of the level, from 0.';
comment on column comply_private.ledger_nodes.hash is 'The root of the subtree.';

-- What the sealer would otherwise work out from all blocks, in each pass.
create table comply_private.ledger_heads (
  tenant_id           text   not null,
  stream              text   not null,
  blocks              bigint not null,
  leaves              bigint not null,
  xid_to              xid8   not null,
  last_transaction_id xid8   not null,
  last_id             uuid   not null,
  peaks               bytea  not null,

  constraint ledger_heads_pkey primary key (tenant_id, stream)
);

comment on table comply_private.ledger_heads is 'One row a tenant and stream: how far it is sealed.';
comment on column comply_private.ledger_heads.tenant_id is 'The tenant.';
comment on column comply_private.ledger_heads.stream is 'The stream.';
comment on column comply_private.ledger_heads.blocks is 'How many blocks it has.';
comment on column comply_private.ledger_heads.leaves is 'How many rows are in them.';
comment on column comply_private.ledger_heads.xid_to is 'Every row of an earlier transaction is sealed.';
comment on column comply_private.ledger_heads.last_transaction_id is 'The transaction of the row sealed last.';
comment on column comply_private.ledger_heads.last_id is 'The id of the row sealed last.';
comment on column comply_private.ledger_heads.peaks is
  'The roots of the largest finished subtrees over the headers, from the left, 32 bytes each.';

-- Whoever seals or makes a checkpoint holds this row's lock; no advisory lock, which strangers could hold.
create table comply_private.ledger_state (
  singleton   boolean     not null default true,
  incarnation integer     not null default 1,
  began_with  uuid        not null default '00000000-0000-0000-0000-000000000000',
  pass_no     bigint      not null default 0,
  sealed_to   xid8        not null default '0',
  sealed_at   timestamptz,
  checkpoints bigint      not null default 0,
  peaks       bytea       not null default '',

  constraint ledger_state_pkey primary key (singleton),
  constraint ledger_state_singleton_check check (singleton)
);

insert into comply_private.ledger_state default values;

comment on table comply_private.ledger_state is 'One row: how far the database is sealed.';
comment on column comply_private.ledger_state.singleton is 'Always true: there is one row.';
comment on column comply_private.ledger_state.incarnation is 'The life of the database, from 1.';
comment on column comply_private.ledger_state.began_with is 'The least audit id of this life.';
comment on column comply_private.ledger_state.pass_no is 'The last pass of the sealer.';
comment on column comply_private.ledger_state.sealed_to is 'Every row of an earlier transaction is sealed.';
comment on column comply_private.ledger_state.sealed_at is 'When that was found; null: never.';
comment on column comply_private.ledger_state.checkpoints is 'How many checkpoints there are.';
comment on column comply_private.ledger_state.peaks is
  'The roots of the largest finished subtrees over their digests, from the left, 32 bytes each.';

create table comply.destruction_certificates (
  tenant_id      text        not null,
  id             uuid        not null default comply.new_id(),
  table_name     text        not null,
  covers_from    timestamptz not null,
  covers_until   timestamptz not null,
  rows_destroyed bigint      not null,
  content_hash   bytea       not null,
  basis          text        not null,
  executed_by    text        not null default session_user,
  destroyed_at   timestamptz not null default comply.now(),
  updated_at     timestamptz not null default comply.now(),

  constraint destruction_certificates_pkey primary key (tenant_id, id),
  constraint destruction_certificates_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint destruction_certificates_covers_check check (covers_from < covers_until),
  constraint destruction_certificates_rows_destroyed_check check (rows_destroyed >= 0),
  constraint destruction_certificates_content_hash_check check (octet_length(content_hash) = 32),
  constraint destruction_certificates_basis_check check (basis ~ '\S')
);

create index destruction_certificates_covers_idx
  on comply.destruction_certificates (tenant_id, table_name, covers_from);

comment on table comply.destruction_certificates is
  'One row a tenant, table and span of time whose rows were lawfully destroyed. Append-only.';
comment on column comply.destruction_certificates.tenant_id is 'The tenant whose rows are gone.';
comment on column comply.destruction_certificates.id is 'The name of this row in the audit trail.';
comment on column comply.destruction_certificates.table_name is 'The table that they were in.';
comment on column comply.destruction_certificates.covers_from is 'The first time that is covered.';
comment on column comply.destruction_certificates.covers_until is 'The first time that is not any more.';
comment on column comply.destruction_certificates.rows_destroyed is 'How many rows are gone.';
comment on column comply.destruction_certificates.content_hash is
  'What they were: of a sealed stream, the Merkle root over the roots of its blocks.';
comment on column comply.destruction_certificates.basis is 'The rule or the law that allowed it.';
comment on column comply.destruction_certificates.executed_by is 'The login that did it.';
comment on column comply.destruction_certificates.destroyed_at is 'When they were destroyed.';
comment on column comply.destruction_certificates.updated_at is 'When this row was written.';
