-- What may not be destroyed, and what has to be. Creates tables, so it waits for nobody. Until the files in
-- policies/ have run, only the owner gets in.

create table comply.legal_holds (
  tenant_id      text        not null,
  id             uuid        not null default comply.new_id(),
  matter         text        not null,
  reason         text        not null,
  covers_from    timestamptz,
  covers_until   timestamptz,
  placed_by      text        not null default session_user,
  placed_at      timestamptz not null default comply.now(),
  released_by    text,
  released_at    timestamptz,
  release_reason text,
  updated_at     timestamptz not null default comply.now(),

  constraint legal_holds_pkey primary key (tenant_id, matter),
  constraint legal_holds_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint legal_holds_matter_check check (length(matter) <= 200 and matter ~ '^\S(.*\S)?$'),
  constraint legal_holds_reason_check check (reason ~ '\S'),
  constraint legal_holds_covers_check check (covers_from < covers_until),
  constraint legal_holds_release_check check (
    (released_at is null) = (released_by is null)
    and (released_at is null) = (release_reason is null)
  ),
  constraint legal_holds_release_reason_check check (release_reason ~ '\S')
);

comment on table comply.legal_holds is
  'One row a tenant and matter: what may not be destroyed, who said so, and since when.';
comment on column comply.legal_holds.tenant_id is 'The tenant whose data is held.';
comment on column comply.legal_holds.id is 'The name of this row in the audit trail.';
comment on column comply.legal_holds.matter is 'The case that the hold serves, as legal counsel names it.';
comment on column comply.legal_holds.reason is
  'Why the data is held, in words that an auditor and the tenant will read.';
comment on column comply.legal_holds.covers_from is 'Covers rows from this time on; null: from the first.';
comment on column comply.legal_holds.covers_until is 'Covers rows before this time; null: all to come.';
comment on column comply.legal_holds.placed_by is 'The login that placed the hold; callers cannot choose it.';
comment on column comply.legal_holds.placed_at is 'When the hold began to stand.';
comment on column comply.legal_holds.released_by is 'The login that released it; null while it stands.';
comment on column comply.legal_holds.released_at is 'When it was released; null while it stands.';
comment on column comply.legal_holds.release_reason is 'Why it was released; null while it stands.';
comment on column comply.legal_holds.updated_at is 'When the row last changed.';

-- What a certificate says since retention writes it. Null in those from before, and in what is no matter of theirs.
alter table comply.destruction_certificates
  add column item_id         uuid,
  add column verdict         text,
  add column rule            text,
  add column rows_kept       bigint,
  add column archive_ids     uuid[],
  add column key_ids         uuid[],
  add column planned_by      text,
  add column approved_by     text,
  add column hold_checked_at timestamptz,
  add column effective_at    timestamptz,
  -- squawk-ignore constraint-missing-not-valid
  add constraint destruction_certificates_verdict_check
    check (verdict in ('DROP', 'REWRITE', 'BATCH', 'ERASURE')),
  -- squawk-ignore constraint-missing-not-valid
  add constraint destruction_certificates_rows_kept_check check (rows_kept >= 0);

comment on column comply.destruction_certificates.content_hash is
  'What they were: of a sealed stream, the Merkle root over the roots of its blocks; else what '
  'comply_private.content_of() said of them.';
comment on column comply.destruction_certificates.item_id is 'The item of comply.retention_items; null: none.';
comment on column comply.destruction_certificates.verdict is
  'DROP: with the whole month; REWRITE: by keeping the others; BATCH: by deleting them; ERASURE: on request.';
comment on column comply.destruction_certificates.rule is 'The rule of retention that was applied.';
comment on column comply.destruction_certificates.rows_kept is
  'How many rows of the tenant are still there of the same month and table.';
comment on column comply.destruction_certificates.archive_ids is
  'The archives that had every one of the rows, verified; null: they were not archived.';
comment on column comply.destruction_certificates.key_ids is
  'The data keys that the archives need to be read, or that an erasure shredded.';
comment on column comply.destruction_certificates.planned_by is 'The login that planned it.';
comment on column comply.destruction_certificates.approved_by is
  'The login that approved it; null: the rule needs nobody.';
comment on column comply.destruction_certificates.hold_checked_at is
  'When it was last made sure that no hold covers a row, with no more holds to be placed until they were gone.';
comment on column comply.destruction_certificates.effective_at is
  'When the last backup that has the rows is gone as well; null: not known.';

-- Whoever destroys by a rule holds one for as long as the transaction lasts: no committed row is ever there.
create table comply_private.destruction_permits (
  transaction_id xid8 not null,

  constraint destruction_permits_pkey primary key (transaction_id)
);

comment on table comply_private.destruction_permits is
  'One row a transaction in which deleted rows are audited by key and hash, without their images.';
comment on column comply_private.destruction_permits.transaction_id is 'The transaction, never one that is over.';

-- How secret a column is; a table is as secret as its most secret column. What has no label is internal.
create table comply.column_labels (
  table_name     text not null,
  column_name    text not null,
  classification text not null,

  constraint column_labels_pkey primary key (table_name, column_name),
  constraint column_labels_classification_check
    check (classification in ('public', 'internal', 'confidential', 'restricted'))
);

insert into comply.column_labels (table_name, column_name, classification) values
  ('storage_records', 'source_data_hash', 'confidential'),
  ('storage_records', 'mapped_data', 'confidential'),
  ('storage_records', 'metadata', 'confidential'),
  ('storage_records', 'blob_path', 'confidential'),
  ('storage_records', 'subject_id', 'confidential'),
  ('storage_records', 'confidential', 'restricted'),
  ('detector_executions', 'error_message', 'confidential'),
  ('detector_executions', 'metadata', 'confidential'),
  ('detector_executions', 'subject_id', 'confidential'),
  ('model_metrics', 'metric_value', 'internal'),
  ('load_rejects', 'line', 'confidential'),
  ('audit_trail', 'old_values', 'restricted'),
  ('audit_trail', 'new_values', 'restricted'),
  ('audit_trail', 'actor', 'confidential'),
  ('access_log', 'query_text', 'confidential'),
  ('access_log', 'actor', 'confidential'),
  ('security_events', 'actor', 'confidential');

comment on table comply.column_labels is
  'One row a column that somebody has classified. A table is as secret as the most secret of its columns.';
comment on column comply.column_labels.table_name is 'The table, without its schema.';
comment on column comply.column_labels.column_name is 'The column.';
comment on column comply.column_labels.classification is
  'public, internal, confidential or restricted; a column without a row is internal.';

create table comply.retention_policies (
  tenant_id      text        not null,
  id             uuid        not null default comply.new_id(),
  table_name     text        not null,
  classification text        not null,
  keep           interval    not null,
  basis          text        not null,
  action         text        not null,
  needs_approval boolean     not null,
  set_by         text        not null default session_user,
  set_at         timestamptz not null default comply.now(),
  updated_at     timestamptz not null default comply.now(),

  constraint retention_policies_pkey primary key (tenant_id, table_name, classification),
  constraint retention_policies_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint retention_policies_classification_check
    check (classification in ('*', 'public', 'internal', 'confidential', 'restricted')),
  constraint retention_policies_keep_check check (keep > interval '0'),
  constraint retention_policies_basis_check check (basis ~ '\S'),
  constraint retention_policies_action_check check (action in ('archive', 'delete'))
);

comment on table comply.retention_policies is
  'One row a rule: how long rows are kept. Of those that match, the one that names the tenant wins, then the one '
  'that names the table, then the one that names the classification.';
comment on column comply.retention_policies.tenant_id is 'The tenant; *: every one.';
comment on column comply.retention_policies.id is 'The name of this row in the audit trail.';
comment on column comply.retention_policies.table_name is
  'The table; *: every one that tenants write. Those that are evidence have to be named.';
comment on column comply.retention_policies.classification is 'The classification of the table; *: any.';
comment on column comply.retention_policies.keep is 'How long rows are kept after the end of their month.';
comment on column comply.retention_policies.basis is 'The law, the contract or the decision that says so.';
comment on column comply.retention_policies.action is
  'archive: destroy what a verified archive has; delete: destroy without one.';
comment on column comply.retention_policies.needs_approval is 'Whether a second person has to approve.';
comment on column comply.retention_policies.set_by is 'The login that set it.';
comment on column comply.retention_policies.set_at is 'When it was set.';
comment on column comply.retention_policies.updated_at is 'When the row last changed.';

-- Of no tenant, so the trail has no place for them: comply.admin_events() tells who changed them.
create table comply.retention_bounds (
  table_name     text        not null,
  classification text        not null,
  minimum        interval,
  maximum        interval,
  basis          text        not null,
  set_by         text        not null default session_user,
  set_at         timestamptz not null default comply.now(),

  constraint retention_bounds_pkey primary key (table_name, classification),
  constraint retention_bounds_classification_check
    check (classification in ('*', 'public', 'internal', 'confidential', 'restricted')),
  constraint retention_bounds_span_check check (
    coalesce(minimum, maximum) is not null and minimum > interval '0' and maximum > interval '0'
    and minimum <= maximum
  ),
  constraint retention_bounds_basis_check check (basis ~ '\S')
);

insert into comply.retention_bounds (table_name, classification, minimum, basis, set_by) values
  ('audit_trail', '*', '1 year', 'PCI DSS 10.5.1: audit logs are kept for twelve months', 'comply-db'),
  ('access_log', '*', '1 year', 'PCI DSS 10.5.1: audit logs are kept for twelve months', 'comply-db'),
  ('security_events', '*', '1 year', 'PCI DSS 10.5.1: audit logs are kept for twelve months', 'comply-db');

comment on table comply.retention_bounds is
  'One row a bound that a regulation sets to every rule: no rule keeps shorter than each minimum that matches, '
  'nor, that done, longer than each maximum.';
comment on column comply.retention_bounds.table_name is 'The table; *: every one.';
comment on column comply.retention_bounds.classification is 'The classification of the table; *: any.';
comment on column comply.retention_bounds.minimum is 'Rows are kept at least this long; null: no such bound.';
comment on column comply.retention_bounds.maximum is 'Rows are kept at most this long; null: no such bound.';
comment on column comply.retention_bounds.basis is 'The regulation.';
comment on column comply.retention_bounds.set_by is 'The login that set it.';
comment on column comply.retention_bounds.set_at is 'When it was set.';

create table comply_private.retention_settings (
  singleton     boolean          not null default true,
  grace         interval         not null default '7 days',
  cold_after    interval         not null default '7 days',
  rewrite_share double precision not null default 0.4,
  batch_rows    integer          not null default 5000,

  constraint retention_settings_pkey primary key (singleton),
  constraint retention_settings_singleton_check check (singleton),
  constraint retention_settings_grace_check check (grace >= interval '0'),
  constraint retention_settings_cold_after_check check (cold_after >= interval '0'),
  constraint retention_settings_rewrite_share_check check (rewrite_share between 0 and 1),
  constraint retention_settings_batch_rows_check check (batch_rows between 1 and 65536)
);

insert into comply_private.retention_settings default values;

comment on table comply_private.retention_settings is 'One row: how retention goes about it.';
comment on column comply_private.retention_settings.singleton is 'Always true: there is one row.';
comment on column comply_private.retention_settings.grace is 'How long a month stays out of its table before it is gone.';
comment on column comply_private.retention_settings.cold_after is 'How long after its end nobody writes to a month.';
comment on column comply_private.retention_settings.rewrite_share is
  'From this share of expired rows on, a cold month is rewritten without them.';
comment on column comply_private.retention_settings.batch_rows is 'How many rows are deleted in one transaction.';

create table comply.retention_items (
  id             uuid        not null default comply.new_id(),
  table_name     text        not null,
  month          timestamptz not null,
  verdict        text        not null,
  state          text        not null default 'planned',
  reason         text,
  fingerprint    bytea       not null,
  rows_expired   bigint      not null,
  rows_kept      bigint      not null,
  needs_approval boolean     not null,
  planned_by     text        not null default session_user,
  planned_at     timestamptz not null default comply.now(),
  approved_by    text,
  approved_at    timestamptz,
  archived_at    timestamptz,
  verified_at    timestamptz,
  detached_at    timestamptz,
  grace_until    timestamptz,
  executed_by    text,
  finished_at    timestamptz,
  tried_at       timestamptz,
  mark           numeric,

  constraint retention_items_pkey primary key (id),
  constraint retention_items_verdict_check check (verdict in ('DROP', 'REWRITE', 'BATCH')),
  constraint retention_items_state_check check (
    state in ('planned', 'approved', 'archived', 'verified', 'detached', 'grace', 'dropped', 'refused')),
  constraint retention_items_reason_check check (state <> 'refused' or reason is not null),
  constraint retention_items_fingerprint_check check (octet_length(fingerprint) = 32),
  constraint retention_items_rows_check check (rows_expired >= 0 and rows_kept >= 0),
  constraint retention_items_approved_check check ((approved_at is null) = (approved_by is null)),
  constraint retention_items_four_eyes_check
    check (approved_by <> planned_by and (executed_by is null or approved_by <> executed_by)),
  constraint retention_items_finished_check check ((state in ('dropped', 'refused')) = (finished_at is not null))
);

-- One item a month is under way at a time; whoever plans the same at once finds it.
create unique index retention_items_month_idx on comply.retention_items (table_name, month)
  where state not in ('dropped', 'refused');

comment on table comply.retention_items is
  'One row a month of a table of which something is, or was to be, destroyed: how far that is.';
comment on column comply.retention_items.id is 'The name of the item: what is approved.';
comment on column comply.retention_items.table_name is 'The table.';
comment on column comply.retention_items.month is 'The first moment of the month, UTC.';
comment on column comply.retention_items.verdict is
  'DROP: the whole month; REWRITE: by keeping the others; BATCH: by deleting the expired.';
comment on column comply.retention_items.state is
  'planned, approved, archived, verified, detached, grace, dropped; from each of them refused.';
comment on column comply.retention_items.reason is 'Why it was refused, or what it waits for.';
comment on column comply.retention_items.fingerprint is 'A hash over the rules and holds that it was planned by.';
comment on column comply.retention_items.rows_expired is 'How many rows were expired when it was planned.';
comment on column comply.retention_items.rows_kept is 'How many others the month had.';
comment on column comply.retention_items.needs_approval is 'Whether a second person has to approve.';
comment on column comply.retention_items.planned_by is 'The login that planned it.';
comment on column comply.retention_items.planned_at is 'When it was planned.';
comment on column comply.retention_items.approved_by is 'The login that approved it; null: nobody, or nobody had to.';
comment on column comply.retention_items.approved_at is 'When it was approved.';
comment on column comply.retention_items.archived_at is 'When an archive was found of each slice that needs one.';
comment on column comply.retention_items.verified_at is 'When the rows were what the archives say.';
comment on column comply.retention_items.detached_at is 'When the month was taken out of its table.';
comment on column comply.retention_items.grace_until is 'When it may be dropped.';
comment on column comply.retention_items.executed_by is 'The login that moved it on last.';
comment on column comply.retention_items.finished_at is 'When it was dropped or refused.';
comment on column comply.retention_items.tried_at is 'When a run last looked at it: the one tried longest ago is next.';
comment on column comply.retention_items.mark is
  'Where the rows of the month lie, and who wrote them: the same as long as none was changed.';

create table comply.retention_slices (
  tenant_id           text        not null,
  id                  uuid        not null default comply.new_id(),
  item_id             uuid        not null,
  covers_from         timestamptz not null,
  covers_until        timestamptz not null,
  row_count           bigint      not null,
  rows_kept           bigint      not null,
  content_hash        bytea,
  action              text        not null,
  rule                text        not null,
  basis               text        not null,
  archive_id          uuid,
  rejected_archive_id uuid,
  updated_at          timestamptz not null default comply.now(),

  constraint retention_slices_pkey primary key (tenant_id, item_id, covers_from),
  constraint retention_slices_item_id_fkey foreign key (item_id)
    references comply.retention_items (id) on delete restrict,
  constraint retention_slices_covers_check check (covers_from < covers_until),
  constraint retention_slices_row_count_check check (row_count >= 0 and rows_kept >= 0),
  constraint retention_slices_content_hash_check check (octet_length(content_hash) = 32),
  constraint retention_slices_action_check check (action in ('archive', 'delete'))
);

create index retention_slices_item_id_idx on comply.retention_slices (item_id);
create index retention_slices_rejected_archive_id_idx on comply.retention_slices (tenant_id, rejected_archive_id)
  where rejected_archive_id is not null;

comment on table comply.retention_slices is
  'One row a tenant and span of an item: the rows that it destroys, and what they are.';
comment on column comply.retention_slices.tenant_id is 'The tenant whose rows they are.';
comment on column comply.retention_slices.id is 'The name of this row in the audit trail.';
comment on column comply.retention_slices.item_id is 'The item.';
comment on column comply.retention_slices.covers_from is 'The first time that is covered.';
comment on column comply.retention_slices.covers_until is 'The first time that is not any more.';
comment on column comply.retention_slices.row_count is 'How many rows there are in it.';
comment on column comply.retention_slices.rows_kept is 'How many rows of the tenant and the month are outside it.';
comment on column comply.retention_slices.content_hash is
  'What comply_private.content_of() said of them when they were verified; null: not yet.';
comment on column comply.retention_slices.action is
  'archive: destroy what a verified archive has; delete: destroy without one.';
comment on column comply.retention_slices.rule is 'The rule that was applied.';
comment on column comply.retention_slices.basis is 'The law, the contract or the decision behind it.';
comment on column comply.retention_slices.archive_id is 'The archive that has the rows; null: not yet, or none.';
comment on column comply.retention_slices.rejected_archive_id is
  'The archive that had other rows than were there; null: none.';
comment on column comply.retention_slices.updated_at is 'When the row last changed.';

-- What a batch is to delete, so that it deletes nothing else: the hash of each row, and the key of the last.
create table comply_private.retention_batches (
  tenant_id   text        not null,
  item_id     uuid        not null,
  covers_from timestamptz not null,
  batch_no    integer     not null,
  first_at    timestamptz not null,
  first_id    uuid        not null,
  last_at     timestamptz not null,
  last_id     uuid        not null,
  row_hashes  bytea       not null,
  is_done     boolean     not null default false,

  constraint retention_batches_pkey primary key (tenant_id, item_id, covers_from, batch_no),
  constraint retention_batches_slice_fkey foreign key (tenant_id, item_id, covers_from)
    references comply.retention_slices (tenant_id, item_id, covers_from) on delete restrict,
  constraint retention_batches_row_hashes_check
    check (octet_length(row_hashes) > 0 and octet_length(row_hashes) % 32 = 0)
);

alter table comply_private.retention_batches alter column row_hashes set storage external;

comment on table comply_private.retention_batches is
  'One row a batch of a slice that is deleted row by row; gone when the slice is.';
comment on column comply_private.retention_batches.tenant_id is 'The tenant.';
comment on column comply_private.retention_batches.item_id is 'The item.';
comment on column comply_private.retention_batches.covers_from is 'With the item and the tenant, the slice.';
comment on column comply_private.retention_batches.batch_no is 'Counts its batches, from 0.';
comment on column comply_private.retention_batches.first_at is 'The timestamp of its first row.';
comment on column comply_private.retention_batches.first_id is 'The id of its first row.';
comment on column comply_private.retention_batches.last_at is 'The timestamp of its last row.';
comment on column comply_private.retention_batches.last_id is 'The id of its last row.';
comment on column comply_private.retention_batches.row_hashes is
  'What its rows are: the hash of each, 32 bytes, by timestamp and id.';
comment on column comply_private.retention_batches.is_done is 'Whether it is deleted.';
