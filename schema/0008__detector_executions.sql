-- One row a call of a detector. Creates a table, so it waits for nobody. Partitions come from
-- comply.ensure_partitions().

create table comply.detector_executions (
  tenant_id        text             not null,
  id               uuid             not null default comply.new_id(),
  "timestamp"      timestamptz      not null default comply.now(),
  detector_type    text             not null,
  model_version    text             not null,
  latency_ms       double precision not null,
  success          boolean          not null,
  error_message    text,
  confidence_score double precision,
  correlation_id   uuid                      default comply.current_correlation_id(),
  metadata         jsonb            not null default '{}',
  created_at       timestamptz      not null default comply.now(),
  updated_at       timestamptz      not null default comply.now(),

  constraint detector_executions_pkey primary key (tenant_id, "timestamp", id),
  constraint detector_executions_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint detector_executions_detector_type_check
    check (length(detector_type) <= 63 and detector_type ~ '^[a-z0-9][a-z0-9-]*$'),
  constraint detector_executions_model_version_check
    check (length(model_version) <= 200 and model_version ~ '^\S(.*\S)?$'),
  constraint detector_executions_latency_ms_check check (latency_ms >= 0 and latency_ms < 'infinity'),
  constraint detector_executions_error_message_check check (success = (error_message is null)),
  constraint detector_executions_confidence_score_check check (confidence_score between 0 and 1),
  constraint detector_executions_metadata_check check (jsonb_typeof(metadata) = 'object')
)
partition by range ("timestamp");

create index detector_executions_id_idx on comply.detector_executions (tenant_id, id);
create index detector_executions_detector_type_idx
  on comply.detector_executions (tenant_id, detector_type, "timestamp");
create index detector_executions_correlation_id_idx on comply.detector_executions (tenant_id, correlation_id)
  where correlation_id is not null;

comment on table comply.detector_executions is 'One row a call of a detector: how long it took, how it ended.';
comment on column comply.detector_executions.tenant_id is 'The tenant whose traffic it was.';
comment on column comply.detector_executions.id is 'Time-ordered, by when the row was made.';
comment on column comply.detector_executions."timestamp" is 'When the call began; decides the partition.';
comment on column comply.detector_executions.detector_type is 'The detector that was called.';
comment on column comply.detector_executions.model_version is 'The version of its model.';
comment on column comply.detector_executions.latency_ms is 'How long the call took, in milliseconds.';
comment on column comply.detector_executions.success is 'Whether the detector answered.';
comment on column comply.detector_executions.error_message is 'Why it did not; null where it did.';
comment on column comply.detector_executions.confidence_score is '0 to 1; null where the detector gives none.';
comment on column comply.detector_executions.correlation_id is 'The request that this call belongs to.';
comment on column comply.detector_executions.metadata is 'An object of the service''s own.';
comment on column comply.detector_executions.created_at is 'When the row was made.';
comment on column comply.detector_executions.updated_at is 'When the row last changed.';
