-- The detector results. Creates a table, so it waits for nobody. Partitions come from
-- comply.ensure_partitions(); there is no default one, so a missing month is a loud error.
--
-- Forms are checked apart from lengths, because a regular expression that counts is slow: '^[0-9a-f]{64}$'
-- takes ten times as long as these two conditions, for every row that is ever inserted.

create table comply.storage_records (
  tenant_id        text             not null,
  id               uuid             not null default comply.new_id(),
  "timestamp"      timestamptz      not null default comply.now(),
  source_data_hash text             not null,
  detector_type    text             not null,
  model_version    text             not null,
  mapped_data      jsonb            not null,
  taxonomy_version integer          not null default 1,
  confidence_score double precision,
  metadata         jsonb            not null default '{}',
  blob_path        text,
  encrypted        boolean          not null default false,
  correlation_id   uuid                      default comply.current_correlation_id(),
  azure_region     text,
  backup_status    text             not null default 'pending',
  created_at       timestamptz      not null default comply.now(),
  updated_at       timestamptz      not null default comply.now(),

  constraint storage_records_pkey primary key (tenant_id, "timestamp", id),
  constraint storage_records_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint storage_records_source_data_hash_check
    check (length(source_data_hash) = 64 and source_data_hash !~ '[^0-9a-f]'),
  constraint storage_records_model_version_check
    check (length(model_version) <= 200 and model_version ~ '^\S(.*\S)?$'),
  constraint storage_records_mapped_data_labels_check
    check (coalesce(jsonb_typeof(mapped_data) = 'object' and jsonb_typeof(mapped_data -> 'labels') = 'array'
           and mapped_data -> 'labels' <> '[]', false)),
  constraint storage_records_confidence_score_check check (confidence_score between 0 and 1),
  constraint storage_records_metadata_check check (jsonb_typeof(metadata) = 'object'),
  constraint storage_records_blob_path_check check (blob_path ~ '\S'),
  constraint storage_records_azure_region_check
    check (length(azure_region) <= 63 and azure_region ~ '^[a-z][a-z0-9]*$'),
  constraint storage_records_backup_status_check check (backup_status in ('pending', 'completed', 'failed'))
)
partition by range ("timestamp");

create index storage_records_id_idx on comply.storage_records (tenant_id, id);
create index storage_records_source_data_hash_idx on comply.storage_records (tenant_id, source_data_hash);
create index storage_records_model_version_idx
  on comply.storage_records (tenant_id, model_version, "timestamp");
create index storage_records_detector_type_confidence_score_idx
  on comply.storage_records (tenant_id, detector_type, confidence_score)
  where confidence_score is not null;
create index storage_records_correlation_id_idx on comply.storage_records (tenant_id, correlation_id)
  where correlation_id is not null;
create index storage_records_metadata_idx on comply.storage_records using gin (metadata jsonb_path_ops);

comment on table comply.storage_records is
  'One row a result of a detector about one text. The text itself is never stored, only its hash.';
comment on column comply.storage_records.tenant_id is 'The tenant whose traffic it was.';
comment on column comply.storage_records.id is 'Time-ordered, by when the row was made.';
comment on column comply.storage_records."timestamp" is 'When the text was seen; decides the partition.';
comment on column comply.storage_records.source_data_hash is 'SHA-256 of the text, 64 hex digits in lower case.';
comment on column comply.storage_records.detector_type is 'The detector, one of comply.detectors.';
comment on column comply.storage_records.model_version is 'The version of the model that judged.';
comment on column comply.storage_records.mapped_data is
  'labels: the canonical labels found, at least one; more keys are the service''s own.';
comment on column comply.storage_records.taxonomy_version is 'The version of the taxonomy that labels is from.';
comment on column comply.storage_records.confidence_score is '0 to 1; null where the detector gives none.';
comment on column comply.storage_records.metadata is 'An object of the service''s own; searched by containment.';
comment on column comply.storage_records.blob_path is 'Where the payload is kept, if it is kept.';
comment on column comply.storage_records.encrypted is 'Whether confidential parts of the row are encrypted.';
comment on column comply.storage_records.correlation_id is 'The request that this result belongs to.';
comment on column comply.storage_records.azure_region is 'The region that the traffic was in.';
comment on column comply.storage_records.backup_status is 'pending, completed or failed.';
comment on column comply.storage_records.created_at is 'When the row was made.';
comment on column comply.storage_records.updated_at is 'When the row last changed.';
