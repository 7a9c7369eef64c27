-- Metric values of models over time. Creates a table, so it waits for nobody. Partitions come from
-- comply.ensure_partitions().

create table comply.model_metrics (
  tenant_id     text             not null,
  id            uuid             not null default comply.new_id(),
  "timestamp"   timestamptz      not null default comply.now(),
  model_version text             not null,
  metric_name   text             not null,
  metric_value  double precision not null,
  metadata      jsonb            not null default '{}',
  created_at    timestamptz      not null default comply.now(),
  updated_at    timestamptz      not null default comply.now(),

  constraint model_metrics_pkey primary key (tenant_id, "timestamp", id),
  constraint model_metrics_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint model_metrics_model_version_check
    check (length(model_version) <= 200 and model_version ~ '^\S(.*\S)?$'),
  constraint model_metrics_metric_name_check
    check (length(metric_name) <= 99 and metric_name ~ '^[a-z][a-z0-9_.]*$'),
  constraint model_metrics_metric_value_check
    check (metric_value > '-infinity' and metric_value < 'infinity'),
  constraint model_metrics_metadata_check check (jsonb_typeof(metadata) = 'object')
)
partition by range ("timestamp");

create index model_metrics_id_idx on comply.model_metrics (tenant_id, id);
create index model_metrics_model_version_idx
  on comply.model_metrics (tenant_id, model_version, metric_name, "timestamp");

comment on table comply.model_metrics is 'One row a metric, model version and time.';
comment on column comply.model_metrics.tenant_id is 'The tenant on whose traffic it was measured.';
comment on column comply.model_metrics.id is 'Time-ordered, by when the row was made.';
comment on column comply.model_metrics."timestamp" is 'When it was measured; decides the partition.';
comment on column comply.model_metrics.model_version is 'The version of the model.';
comment on column comply.model_metrics.metric_name is 'What was measured: precision, drift.psi.';
comment on column comply.model_metrics.metric_value is 'The value, finite; its unit is the metric''s.';
comment on column comply.model_metrics.metadata is 'An object of the service''s own.';
comment on column comply.model_metrics.created_at is 'When the row was made.';
comment on column comply.model_metrics.updated_at is 'When the row last changed.';
