-- What was erased, or has to be once a hold is released; which columns name a subject; how long copies live. Creates
-- tables, so it waits for nobody. Until the files in policies/ have run, only the owner gets in.

create table comply.erasures (
  tenant_id        text        not null,
  id               uuid        not null default comply.new_id(),
  scope            text        not null,
  subject_digest   bytea,
  basis            text        not null,
  state            text        not null default 'requested',
  matter           text,
  key_ids          uuid[]      not null default '{}',
  rows_destroyed   jsonb       not null default '{}',
  images_redacted  bigint      not null default 0,
  requested_by     text        not null default session_user,
  requested_at     timestamptz not null default comply.now(),
  due_at           timestamptz not null,
  executed_by      text,
  shredded_at      timestamptz,
  shredded_in      xid8,
  sweep_from       xid8,
  backup_days      integer,
  kek_destroyed_at timestamptz,
  effective_at     timestamptz,
  done_at          timestamptz,
  updated_at       timestamptz not null default comply.now(),

  constraint erasures_pkey primary key (tenant_id, id),
  constraint erasures_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint erasures_scope_check check (scope in ('subject', 'tenant')),
  constraint erasures_subject_digest_check check (
    (scope = 'subject') = (subject_digest is not null)
    and (subject_digest is null or octet_length(subject_digest) = 32)
  ),
  constraint erasures_basis_check check (length(basis) <= 1000 and basis ~ '\S'),
  constraint erasures_state_check check (state in ('requested', 'deferred', 'shredded', 'done')),
  constraint erasures_matter_check check (state <> 'deferred' or matter is not null),
  constraint erasures_rows_destroyed_check check (jsonb_typeof(rows_destroyed) = 'object'),
  constraint erasures_images_redacted_check check (images_redacted >= 0),
  constraint erasures_due_at_check check (due_at > requested_at),
  constraint erasures_shredded_check check (
    (state in ('shredded', 'done')) = (shredded_at is not null)
    and (shredded_at is null) = (shredded_in is null)
    and (shredded_at is null) = (sweep_from is null)
    and (shredded_at is null) = (executed_by is null)
    and (shredded_at is null) = (backup_days is null)
    and (shredded_at is null) = (effective_at is null)
    and effective_at >= shredded_at
  ),
  constraint erasures_kek_destroyed_at_check check (kek_destroyed_at is null or shredded_at is not null),
  constraint erasures_done_at_check check ((state = 'done') = (done_at is not null))
);

-- One erasure a subject, and one a tenant: a repeat finds it.
create unique index erasures_subject_digest_idx on comply.erasures (tenant_id, subject_digest)
  where subject_digest is not null;
create unique index erasures_scope_idx on comply.erasures (tenant_id) where scope = 'tenant';
create index erasures_state_idx on comply.erasures (state) where state <> 'done';

comment on table comply.erasures is
  'One row a subject or tenant that was erased, or is to be once a hold is released. Kept for ever.';
comment on column comply.erasures.tenant_id is 'The tenant whose data it is.';
comment on column comply.erasures.id is 'The name of this row in the audit trail, and in certificates.';
comment on column comply.erasures.scope is 'subject: one person''s data; tenant: all of the tenant''s.';
comment on column comply.erasures.subject_digest is
  'SHA-256 over tenant and subject, each after its length: whoever knows the subject finds it, nobody reads it here.';
comment on column comply.erasures.basis is 'The request, the law or the contract that asks for it; names no person.';
comment on column comply.erasures.state is
  'requested; deferred: a hold keeps it all; shredded: the keys and what was there are gone; done: nothing can follow.';
comment on column comply.erasures.matter is 'The matter of the hold that defers it, or did last; null: none ever did.';
comment on column comply.erasures.key_ids is 'The data keys that were shredded.';
comment on column comply.erasures.rows_destroyed is 'Of each table, how many rows it destroyed itself.';
comment on column comply.erasures.images_redacted is 'How many rows of the audit trail lost their images to it.';
comment on column comply.erasures.requested_by is 'The login that recorded the request.';
comment on column comply.erasures.requested_at is 'When it was asked for: from here the month of the law runs.';
comment on column comply.erasures.due_at is 'By when it has to be carried out: a month later.';
comment on column comply.erasures.executed_by is 'The login that carried it out; null: nobody yet.';
comment on column comply.erasures.shredded_at is
  'From when on this database can give back none of it; null: it still can.';
comment on column comply.erasures.shredded_in is
  'The transaction that shredded: what was under way beside it may have added a row. Null: not shredded.';
comment on column comply.erasures.sweep_from is
  'The oldest transaction that was under way then: what it wrote could not be seen. Null: not shredded.';
comment on column comply.erasures.backup_days is 'How many days the longest copy was to live, when it was shredded.';
comment on column comply.erasures.kek_destroyed_at is
  'When the key that wrapped its keys was itself deleted in the vault; null: it was not, as it wraps others.';
comment on column comply.erasures.effective_at is
  'From when on nobody can give it back: every copy that has the wrapped keys or the rows is gone by then.';
comment on column comply.erasures.done_at is 'When the last sweep found nothing more to come; null: not yet.';
comment on column comply.erasures.updated_at is 'When the row last changed.';

-- Who a deferred erasure is of: its data is held, and so is the name that finds it; both go together.
create table comply_private.deferred_subjects (
  tenant_id  text not null,
  erasure_id uuid not null,
  subject_id text not null,

  constraint deferred_subjects_pkey primary key (tenant_id, erasure_id),
  constraint deferred_subjects_erasure_fkey foreign key (tenant_id, erasure_id)
    references comply.erasures (tenant_id, id) on delete restrict
);

comment on table comply_private.deferred_subjects is 'One row an erasure of a subject that a hold defers.';
comment on column comply_private.deferred_subjects.tenant_id is 'The tenant.';
comment on column comply_private.deferred_subjects.erasure_id is 'The erasure.';
comment on column comply_private.deferred_subjects.subject_id is 'The subject, until it is erased.';

-- How far the images of a tenant are redacted: not in comply.erasures, where each batch would leave an audit row.
create table comply_private.redaction_progress (
  tenant_id      text    not null,
  erasure_id     uuid    not null,
  transaction_id xid8    not null default '0',
  id             uuid    not null default '00000000-0000-0000-0000-000000000000',
  images         bigint  not null default 0,
  is_last        boolean not null default false,

  constraint redaction_progress_pkey primary key (tenant_id, erasure_id),
  constraint redaction_progress_erasure_fkey foreign key (tenant_id, erasure_id)
    references comply.erasures (tenant_id, id) on delete restrict
);

comment on table comply_private.redaction_progress is
  'One row a tenant that is being erased: how far its images are gone.';
comment on column comply_private.redaction_progress.tenant_id is 'The tenant.';
comment on column comply_private.redaction_progress.erasure_id is 'The erasure.';
comment on column comply_private.redaction_progress.transaction_id is
  'The transaction of the last row that was looked at.';
comment on column comply_private.redaction_progress.id is 'The id of the last row that was looked at.';
comment on column comply_private.redaction_progress.images is 'How many rows have lost their images.';
comment on column comply_private.redaction_progress.is_last is
  'Whether it began again from the first row once nobody could add one any more.';

-- A row is there only inside the transaction that redacts, so nobody else ever sees one; no setting, which any caller
-- could make.
create table comply_private.redaction_permits (
  tenant_id      text not null,
  erasure_id     uuid not null,
  transaction_id xid8 not null default pg_current_xact_id(),

  constraint redaction_permits_pkey primary key (tenant_id, transaction_id, erasure_id)
);

comment on table comply_private.redaction_permits is
  'One row an erasure that removes images from the audit trail in this transaction; empty for everybody else.';
comment on column comply_private.redaction_permits.tenant_id is 'The tenant whose images it may remove.';
comment on column comply_private.redaction_permits.erasure_id is 'The erasure that it is for.';
comment on column comply_private.redaction_permits.transaction_id is 'The transaction that may.';

create table comply_private.subject_columns (
  table_name  text not null,
  column_name text not null,

  constraint subject_columns_pkey primary key (table_name, column_name)
);

insert into comply_private.subject_columns (table_name, column_name) values
  ('storage_records', 'subject_id'),
  ('detector_executions', 'subject_id');

comment on table comply_private.subject_columns is 'One row a column of schema comply that names a subject.';
comment on column comply_private.subject_columns.table_name is 'The table, without its schema.';
comment on column comply_private.subject_columns.column_name is 'The column, of type text.';

create table comply_private.lifecycle_settings (
  singleton        boolean not null default true,
  backup_days      integer not null default 35,
  vault_purge_days integer not null default 90,

  constraint lifecycle_settings_pkey primary key (singleton),
  constraint lifecycle_settings_singleton_check check (singleton),
  constraint lifecycle_settings_backup_days_check check (backup_days between 0 and 36500),
  constraint lifecycle_settings_vault_purge_days_check check (vault_purge_days between 7 and 90)
);

insert into comply_private.lifecycle_settings default values;

comment on table comply_private.lifecycle_settings is 'One row: how long copies outlive what is erased here.';
comment on column comply_private.lifecycle_settings.singleton is 'Always true: there is one row.';
comment on column comply_private.lifecycle_settings.backup_days is
  'The days that the longest copy of the database lives: point-in-time backups, long-term backups, exports.';
comment on column comply_private.lifecycle_settings.vault_purge_days is
  'The days for which the vault can give back a key that was deleted in it: its soft delete.';
