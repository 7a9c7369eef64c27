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
