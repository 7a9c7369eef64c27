-- The keys that encrypt fields, wrapped: the keys that wrap them are never in the database. Creates tables, so it
-- waits for nobody, but for the last statements: they lock comply.storage_records while they read it once, to see
-- that no row has anything but an envelope in confidential.
--
-- A subject is named by a digest, so that the row which proves that its key is gone does not name it.

create table comply_private.data_keys (
  tenant_id      text        not null,
  key_id         uuid        not null,
  purpose        text        not null,
  subject_digest bytea,
  table_name     text,
  column_name    text,
  version        integer     not null,
  state          text        not null default 'active',
  wrapped        bytea,
  alg            text        not null,
  kek_kid        text,
  wrapped_by     uuid,
  check_value    bytea,
  wrapped_digest bytea,
  created_at     timestamptz not null default comply.now(),
  rotated_at     timestamptz,
  shredded_at    timestamptz,

  constraint data_keys_pkey primary key (tenant_id, key_id),
  constraint data_keys_version_key
    unique nulls not distinct (tenant_id, purpose, subject_digest, table_name, column_name, version),
  constraint data_keys_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint data_keys_purpose_check check (purpose in ('enc', 'bidx')),
  constraint data_keys_subject_digest_check
    check (octet_length(subject_digest) = 32 and (subject_digest is null or purpose = 'enc')),
  constraint data_keys_column_check
    check ((table_name is null) = (purpose = 'enc') and (column_name is null) = (purpose = 'enc')),
  constraint data_keys_version_check check (version > 0),
  constraint data_keys_state_check check (state in ('active', 'retiring', 'shredded')),
  constraint data_keys_wrapped_check check (
    (wrapped is null) = (state = 'shredded')
    and (check_value is null) = (wrapped is null)
    and (wrapped_digest is null) = (wrapped is not null)
    and (shredded_at is null) = (wrapped is not null)
    and octet_length(wrapped) between 40 and 1024
    and octet_length(check_value) = 8
    and octet_length(wrapped_digest) = 32
  ),
  constraint data_keys_wrapped_by_check check (
    (wrapped_by is null) = (subject_digest is null)
    and (kek_kid is null) = (subject_digest is not null)
    and (alg = 'envelope-1') = (subject_digest is not null)
  ),
  constraint data_keys_alg_check check (alg in ('RSA-OAEP-256', 'A256KW', 'envelope-1')),
  constraint data_keys_kek_kid_check check (length(kek_kid) <= 400 and kek_kid ~ '^\S+$'),
  constraint data_keys_rotated_at_check check (
    (state <> 'active' or rotated_at is null) and (state <> 'retiring' or rotated_at is not null)
  ),
  constraint data_keys_wrapped_by_fkey foreign key (tenant_id, wrapped_by)
    references comply_private.data_keys (tenant_id, key_id) on delete restrict
);

create unique index data_keys_active_idx
  on comply_private.data_keys (tenant_id, purpose, subject_digest, table_name, column_name)
  nulls not distinct
  where state = 'active';
create index data_keys_wrapped_by_idx on comply_private.data_keys (tenant_id, wrapped_by);
create index data_keys_kek_kid_idx on comply_private.data_keys (kek_kid) where wrapped is not null;

comment on table comply_private.data_keys is
  'One row a version of a data key, wrapped. What was sealed under it can be opened until it is shredded.';
comment on column comply_private.data_keys.tenant_id is 'The tenant whose data it encrypts.';
comment on column comply_private.data_keys.key_id is 'The name of the key, which every envelope carries.';
comment on column comply_private.data_keys.purpose is 'enc: seals fields; bidx: makes a blind index.';
comment on column comply_private.data_keys.subject_digest is
  'SHA-256 over tenant and subject, each after its length: the key is of that subject alone; null: the tenant''s.';
comment on column comply_private.data_keys.table_name is 'bidx: the table that the blind index is of.';
comment on column comply_private.data_keys.column_name is 'bidx: the column that the fingerprints are in.';
comment on column comply_private.data_keys.version is 'Counts the keys of one purpose and scope, from 1.';
comment on column comply_private.data_keys.state is
  'active seals and opens; retiring only opens; shredded is gone, and with it all that it sealed.';
comment on column comply_private.data_keys.wrapped is 'The key, encrypted; null: shredded.';
comment on column comply_private.data_keys.alg is
  'How it is wrapped: RSA-OAEP-256 by Key Vault, A256KW by a file, envelope-1 by the tenant''s own key.';
comment on column comply_private.data_keys.kek_kid is 'The key outside the database that wraps it, with its version.';
comment on column comply_private.data_keys.wrapped_by is 'Of a subject''s key: the tenant''s key that wraps it.';
comment on column comply_private.data_keys.check_value is
  'Eight bytes by which a wrong key is refused before anything is sealed under it.';
comment on column comply_private.data_keys.wrapped_digest is 'SHA-256 of what wrapped was: the proof of what is gone.';
comment on column comply_private.data_keys.created_at is 'When the key was added.';
comment on column comply_private.data_keys.rotated_at is 'When the next version took over.';
comment on column comply_private.data_keys.shredded_at is 'When wrapped was removed here; backups may still have it.';

-- One half of every session key. The other is in a setting of the transaction: neither tells anything alone.
create table comply_private.session_secrets (
  singleton      boolean not null default true,
  encryption     bytea   not null,
  authentication bytea   not null,

  constraint session_secrets_pkey primary key (singleton),
  constraint session_secrets_singleton_check check (singleton),
  constraint session_secrets_lengths_check
    check (octet_length(encryption) = 32 and octet_length(authentication) = 32)
);

comment on table comply_private.session_secrets is
  'One row of random: under it comply.open_keys() seals keys for the length of a transaction.';
comment on column comply_private.session_secrets.singleton is 'Always true: there is one row.';
comment on column comply_private.session_secrets.encryption is 'The AES-256 key of session keys.';
comment on column comply_private.session_secrets.authentication is 'The key of the HMAC-SHA256 over them.';

insert into comply_private.session_secrets (encryption, authentication)
values (
  sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
  sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create table comply.encrypted_columns (
  table_name  text        not null,
  column_name text        not null,
  added_at    timestamptz not null default comply.now(),

  constraint encrypted_columns_pkey primary key (table_name, column_name)
);

comment on table comply.encrypted_columns is
  'The columns that take nothing but envelopes: a constraint refuses everything else.';
comment on column comply.encrypted_columns.table_name is 'The table, of schema comply.';
comment on column comply.encrypted_columns.column_name is 'The column, of type bytea.';
comment on column comply.encrypted_columns.added_at is 'When comply.encrypt_column() took it in.';

create table comply.blind_indexes (
  table_name    text        not null,
  column_name   text        not null,
  source_column text        not null,
  bytes         integer     not null default 12,
  added_at      timestamptz not null default comply.now(),

  constraint blind_indexes_pkey primary key (table_name, column_name),
  constraint blind_indexes_source_column_fkey foreign key (table_name, source_column)
    references comply.encrypted_columns (table_name, column_name) on delete restrict,
  constraint blind_indexes_bytes_check check (bytes between 8 and 16)
);

create index blind_indexes_source_column_idx on comply.blind_indexes (table_name, source_column);

comment on table comply.blind_indexes is
  'The columns of fingerprints by which an encrypted one is searched for equality.';
comment on column comply.blind_indexes.table_name is 'The table, of schema comply.';
comment on column comply.blind_indexes.column_name is 'The column of fingerprints, of type bytea.';
comment on column comply.blind_indexes.source_column is 'The encrypted column that they are made of.';
comment on column comply.blind_indexes.bytes is 'How long they are: 8 to 16. Shorter ones collide, on purpose.';
comment on column comply.blind_indexes.added_at is 'When comply.index_column() took it in.';

-- How far the rows of a tenant have come to a new key.
create table comply_private.reseals (
  tenant_id   text        not null,
  table_name  text        not null,
  column_name text        not null,
  key_id      uuid        not null,
  last_id     uuid,
  rows_done   bigint      not null default 0,
  passes      integer     not null default 0,
  pass_rows   bigint      not null default 0,
  started_at  timestamptz not null default comply.now(),
  finished_at timestamptz,

  constraint reseals_pkey primary key (tenant_id, table_name, column_name, key_id),
  constraint reseals_key_id_fkey foreign key (tenant_id, key_id)
    references comply_private.data_keys (tenant_id, key_id) on delete restrict
);

create index reseals_key_id_idx on comply_private.reseals (tenant_id, key_id);

comment on table comply_private.reseals is
  'One row a tenant, encrypted column and key that its rows are to be sealed under: what is done, what is left.';
comment on column comply_private.reseals.tenant_id is 'The tenant.';
comment on column comply_private.reseals.table_name is 'The table.';
comment on column comply_private.reseals.column_name is 'The column.';
comment on column comply_private.reseals.key_id is 'The key that was active when it began.';
comment on column comply_private.reseals.last_id is 'The row up to which this pass has come; null: it begins.';
comment on column comply_private.reseals.rows_done is 'How many rows were sealed anew.';
comment on column comply_private.reseals.passes is 'How often the whole table has been gone through.';
comment on column comply_private.reseals.pass_rows is 'How many of them in this pass.';
comment on column comply_private.reseals.started_at is 'When it began.';
comment on column comply_private.reseals.finished_at is 'When a whole pass had found nothing left; null: it goes on.';

alter table comply.storage_records
  -- squawk-ignore constraint-missing-not-valid
  add constraint storage_records_confidential_check check (comply.is_envelope(confidential));

insert into comply.encrypted_columns (table_name, column_name) values ('storage_records', 'confidential');
