-- What was archived, what was brought back, and two places inside the database for both. Creates tables, so it
-- waits for nobody.

create table comply.archives (
  tenant_id          text        not null,
  id                 uuid        not null default comply.new_id(),
  table_name         text        not null,
  covers_from        timestamptz not null,
  covers_until       timestamptz not null,
  row_count          bigint      not null,
  content_hash       bytea       not null,
  first_key          jsonb,
  last_key           jsonb,
  columns            text[]      not null,
  column_types       text[]      not null,
  schema_fingerprint bytea       not null,
  key_ids            uuid[]      not null default '{}',
  format             text        not null,
  sink               text        not null,
  location           text        not null,
  object_name        text        not null,
  object_hash        bytea,
  object_bytes       bigint      not null,
  manifest_hash      bytea,
  keep_until         timestamptz not null,
  archived_by        text        not null default session_user,
  archived_at        timestamptz not null default comply.now(),
  verified_by        text,
  verified_at        timestamptz,
  purged_by          text,
  purged_at          timestamptz,
  updated_at         timestamptz not null default comply.now(),

  constraint archives_pkey primary key (tenant_id, id),
  constraint archives_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint archives_covers_check check (
    covers_from < covers_until
    and covers_until at time zone 'UTC' <= date_trunc('month', covers_from at time zone 'UTC') + interval '1 month'
  ),
  constraint archives_row_count_check check (row_count >= 0),
  constraint archives_keys_check
    check ((row_count = 0) = (first_key is null) and (row_count = 0) = (last_key is null)),
  constraint archives_columns_check
    check (cardinality(columns) > 0 and cardinality(columns) = cardinality(column_types)),
  constraint archives_hashes_check check (
    octet_length(content_hash) = 32 and octet_length(schema_fingerprint) = 32
    and octet_length(object_hash) = 32 and octet_length(manifest_hash) = 32
  ),
  -- The server writes and reads these itself, and never sees their bytes.
  constraint archives_object_hash_check check ((object_hash is null) = (sink = 'azure_storage')),
  constraint archives_manifest_hash_check check ((manifest_hash is null) = (sink = 'table')),
  constraint archives_format_check check (format in ('parquet', 'csv.gz', 'table')),
  constraint archives_sink_check check (sink in ('directory', 'azure_blob', 'azure_storage', 'table')),
  constraint archives_format_sink_check check ((format = 'table') = (sink = 'table')),
  constraint archives_location_check check (location ~ '\S' and object_name ~ '\S'),
  constraint archives_object_bytes_check check (object_bytes >= 0),
  constraint archives_verified_check check ((verified_at is null) = (verified_by is null)),
  constraint archives_purged_check check ((purged_at is null) = (purged_by is null))
);

create index archives_covers_idx on comply.archives (tenant_id, table_name, covers_from);

comment on table comply.archives is
  'One row an archived slice: a table, a tenant, a span inside a month. Append-only, but for who verified and '
  'who purged it.';
comment on column comply.archives.tenant_id is 'The tenant whose rows they are.';
comment on column comply.archives.id is 'The name of the archive.';
comment on column comply.archives.table_name is 'The table that they are of.';
comment on column comply.archives.covers_from is 'The first time that is covered.';
comment on column comply.archives.covers_until is 'The first time that is not any more.';
comment on column comply.archives.row_count is 'How many rows it has.';
comment on column comply.archives.content_hash is 'What they are: see docs/archive.md.';
comment on column comply.archives.first_key is 'timestamp and id of the first row; null: it has none.';
comment on column comply.archives.last_key is 'timestamp and id of the last row; null: it has none.';
comment on column comply.archives.columns is 'The columns that it has, in the order of the table.';
comment on column comply.archives.column_types is 'Their types.';
comment on column comply.archives.schema_fingerprint is 'A hash over both.';
comment on column comply.archives.key_ids is 'The data keys whose envelopes are in it.';
comment on column comply.archives.format is 'How it is written: parquet, csv.gz or table.';
comment on column comply.archives.sink is 'What it was given to: directory, azure_blob, azure_storage or table.';
comment on column comply.archives.location is 'The folder, the container or the table.';
comment on column comply.archives.object_name is 'Its name there.';
comment on column comply.archives.object_hash is
  'SHA-256 over its bytes; null: the server reads and writes it row by row.';
comment on column comply.archives.object_bytes is 'How many these are.';
comment on column comply.archives.manifest_hash is
  'SHA-256 over the bytes of its manifest; null: this row is all there is.';
comment on column comply.archives.keep_until is 'Until when it is not to be purged.';
comment on column comply.archives.archived_by is 'The login that archived.';
comment on column comply.archives.archived_at is 'When it did.';
comment on column comply.archives.verified_by is 'The login that read it back and found it whole; null: nobody.';
comment on column comply.archives.verified_at is 'When that was.';
comment on column comply.archives.purged_by is 'The login that purged it; null: it is there.';
comment on column comply.archives.purged_at is 'When that was.';
comment on column comply.archives.updated_at is 'When this row last changed.';

create table comply.restores (
  tenant_id     text        not null,
  id            uuid        not null default comply.new_id(),
  archive_id    uuid        not null,
  is_drill      boolean     not null,
  row_count     bigint      not null,
  erased_count  bigint      not null,
  problem       text,
  restored_by   text        not null default session_user,
  restored_at   timestamptz not null default comply.now(),
  attached_by   text,
  attached_at   timestamptz,
  dropped_by    text,
  dropped_at    timestamptz,
  updated_at    timestamptz not null default comply.now(),

  constraint restores_pkey primary key (tenant_id, id),
  constraint restores_archive_id_fkey foreign key (tenant_id, archive_id)
    references comply.archives (tenant_id, id) on delete restrict,
  constraint restores_counts_check check (row_count >= 0 and erased_count >= 0),
  constraint restores_problem_check check (problem ~ '\S'),
  constraint restores_attached_check check ((attached_at is null) = (attached_by is null)),
  constraint restores_dropped_check check ((dropped_at is null) = (dropped_by is null))
);

create index restores_archive_id_idx on comply.restores (tenant_id, archive_id);

comment on table comply.restores is 'One row a time that an archive was brought back, or tried in a drill.';
comment on column comply.restores.tenant_id is 'The tenant whose archive it is.';
comment on column comply.restores.id is 'The name of what was brought back.';
comment on column comply.restores.archive_id is 'The archive.';
comment on column comply.restores.is_drill is 'Whether it was only tried.';
comment on column comply.restores.row_count is 'How many rows came back.';
comment on column comply.restores.erased_count is 'How many did not, as their subject was erased since.';
comment on column comply.restores.problem is 'Why it could not be brought back; null: it could.';
comment on column comply.restores.restored_by is 'The login that did it.';
comment on column comply.restores.restored_at is 'When it did.';
comment on column comply.restores.attached_by is 'The login that put the rows into their table again; null: nobody.';
comment on column comply.restores.attached_at is 'When that was.';
comment on column comply.restores.dropped_by is 'The login that dropped what was brought back; null: it is there.';
comment on column comply.restores.dropped_at is 'When that was.';
comment on column comply.restores.updated_at is 'When this row last changed.';

-- The sink of those who have nothing but psql: many rows in one value, as values are what PostgreSQL compresses.
create table comply_private.archived_rows (
  tenant_id  text    not null,
  archive_id uuid    not null,
  chunk_no   integer not null,
  lines      text    not null,

  constraint archived_rows_pkey primary key (tenant_id, archive_id, chunk_no)
);

comment on table comply_private.archived_rows is 'One row a chunk of an archive that is kept in the database.';
comment on column comply_private.archived_rows.tenant_id is 'The tenant of the archive.';
comment on column comply_private.archived_rows.archive_id is 'The archive.';
comment on column comply_private.archived_rows.chunk_no is 'Counts its chunks, from 0.';
comment on column comply_private.archived_rows.lines is 'Rows, one a line: a JSON array of their values as text, in the order of the columns.';

-- One partition a restore, so that it goes in one step, and comes and goes without a deployment. As jsonb, so
-- that an archive from before a column was added or dropped has a place as well.
create table comply_private.restored_rows (
  tenant_id   text        not null,
  restore_id  uuid        not null,
  table_name  text        not null,
  "timestamp" timestamptz not null,
  id          uuid        not null,
  content     jsonb       not null,

  constraint restored_rows_pkey primary key (tenant_id, restore_id, "timestamp", id)
)
partition by list (restore_id);

comment on table comply_private.restored_rows is 'One row a row that came back from an archive.';
comment on column comply_private.restored_rows.tenant_id is 'The tenant whose row it is.';
comment on column comply_private.restored_rows.restore_id is 'The restore that brought it.';
comment on column comply_private.restored_rows.table_name is 'The table that it is of.';
comment on column comply_private.restored_rows."timestamp" is 'Its time there.';
comment on column comply_private.restored_rows.id is 'Its id there.';
comment on column comply_private.restored_rows.content is 'Its columns.';
