-- What dashboards and reports ask, counted by the hour and by the day, and what tells a refresh what to count. Creates
-- tables, so it waits for nobody. Readers come by the views in schema comply, as nobody enters comply_private: what is
-- counted from audited rows is not audited once more.

create table comply_private.hourly_rollups (
  tenant_id      text             not null,
  hour           timestamptz      not null,
  detector_type  text             not null,
  model_version  text             not null,
  records        bigint           not null,
  flagged        bigint           not null,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,

  constraint hourly_rollups_pkey primary key (tenant_id, hour, detector_type, model_version)
)
with (fillfactor = 80);

create index hourly_rollups_hour_idx on comply_private.hourly_rollups (hour);

comment on table comply_private.hourly_rollups is 'One row an hour, tenant, detector and model that has records.';
comment on column comply_private.hourly_rollups.tenant_id is 'The tenant.';
comment on column comply_private.hourly_rollups.hour is 'The beginning of the hour, UTC.';
comment on column comply_private.hourly_rollups.detector_type is 'The detector.';
comment on column comply_private.hourly_rollups.model_version is 'The version of its model.';
comment on column comply_private.hourly_rollups.records is 'How many records.';
comment on column comply_private.hourly_rollups.flagged is 'How many of them have another label than OTHER.Safe.';
comment on column comply_private.hourly_rollups.scored is 'How many of them have a confidence.';
comment on column comply_private.hourly_rollups.confidence_sum is
  'The sum of the confidences: numeric, so that no order of adding changes it.';
comment on column comply_private.hourly_rollups.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.hourly_rollups.confidence_max is 'The highest; null: none has one.';

create table comply_private.hourly_label_rollups (
  tenant_id      text             not null,
  hour           timestamptz      not null,
  detector_type  text             not null,
  model_version  text             not null,
  label          text             not null,
  records        bigint           not null,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,

  constraint hourly_label_rollups_pkey primary key (tenant_id, hour, detector_type, model_version, label)
)
with (fillfactor = 80);

create index hourly_label_rollups_hour_idx on comply_private.hourly_label_rollups (hour);

comment on table comply_private.hourly_label_rollups is
  'One row an hour, tenant, detector, model and label that has records. A record with two labels counts in two rows.';
comment on column comply_private.hourly_label_rollups.tenant_id is 'The tenant.';
comment on column comply_private.hourly_label_rollups.hour is 'The beginning of the hour, UTC.';
comment on column comply_private.hourly_label_rollups.detector_type is 'The detector.';
comment on column comply_private.hourly_label_rollups.model_version is 'The version of its model.';
comment on column comply_private.hourly_label_rollups.label is 'The label of the taxonomy.';
comment on column comply_private.hourly_label_rollups.records is 'How many records have it.';
comment on column comply_private.hourly_label_rollups.scored is 'How many of them have a confidence.';
comment on column comply_private.hourly_label_rollups.confidence_sum is 'The sum of their confidences.';
comment on column comply_private.hourly_label_rollups.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.hourly_label_rollups.confidence_max is 'The highest; null: none has one.';

create table comply_private.daily_rollups (
  tenant_id      text             not null,
  day            date             not null,
  detector_type  text             not null,
  model_version  text             not null,
  records        bigint           not null,
  flagged        bigint           not null,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,

  constraint daily_rollups_pkey primary key (tenant_id, day, detector_type, model_version)
)
with (fillfactor = 80);

create index daily_rollups_day_idx on comply_private.daily_rollups (day);

comment on table comply_private.daily_rollups is 'One row a day, tenant, detector and model that has records.';
comment on column comply_private.daily_rollups.tenant_id is 'The tenant.';
comment on column comply_private.daily_rollups.day is 'The day, UTC.';
comment on column comply_private.daily_rollups.detector_type is 'The detector.';
comment on column comply_private.daily_rollups.model_version is 'The version of its model.';
comment on column comply_private.daily_rollups.records is 'How many records.';
comment on column comply_private.daily_rollups.flagged is 'How many of them have another label than OTHER.Safe.';
comment on column comply_private.daily_rollups.scored is 'How many of them have a confidence.';
comment on column comply_private.daily_rollups.confidence_sum is 'The sum of the confidences.';
comment on column comply_private.daily_rollups.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.daily_rollups.confidence_max is 'The highest; null: none has one.';

create table comply_private.daily_label_rollups (
  tenant_id      text             not null,
  day            date             not null,
  detector_type  text             not null,
  model_version  text             not null,
  label          text             not null,
  records        bigint           not null,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,

  constraint daily_label_rollups_pkey primary key (tenant_id, day, detector_type, model_version, label)
)
with (fillfactor = 80);

create index daily_label_rollups_day_idx on comply_private.daily_label_rollups (day);

comment on table comply_private.daily_label_rollups is
  'One row a day, tenant, detector, model and label that has records. A record with two labels counts in two rows.';
comment on column comply_private.daily_label_rollups.tenant_id is 'The tenant.';
comment on column comply_private.daily_label_rollups.day is 'The day, UTC.';
comment on column comply_private.daily_label_rollups.detector_type is 'The detector.';
comment on column comply_private.daily_label_rollups.model_version is 'The version of its model.';
comment on column comply_private.daily_label_rollups.label is 'The label of the taxonomy.';
comment on column comply_private.daily_label_rollups.records is 'How many records have it.';
comment on column comply_private.daily_label_rollups.scored is 'How many of them have a confidence.';
comment on column comply_private.daily_label_rollups.confidence_sum is 'The sum of their confidences.';
comment on column comply_private.daily_label_rollups.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.daily_label_rollups.confidence_max is 'The highest; null: none has one.';

-- Over all tenants, for staff: where a dashboard would add up each tenant's rows, one row says it.
create table comply_private.rollup_totals (
  kind           text             not null,
  starts_at      timestamptz      not null,
  detector_type  text             not null,
  model_version  text             not null,
  label          text             not null,
  records        bigint           not null,
  flagged        bigint,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,

  constraint rollup_totals_pkey primary key (kind, starts_at, detector_type, model_version, label),
  constraint rollup_totals_kind_check check (kind in ('hour', 'day', 'label')),
  constraint rollup_totals_label_check check ((kind = 'label') = (label <> '*')),
  constraint rollup_totals_flagged_check check ((kind = 'label') = (flagged is null))
)
with (fillfactor = 80);

comment on table comply_private.rollup_totals is
  'One row an hour or day, detector and model, and one a day, detector, model and label, over all tenants.';
comment on column comply_private.rollup_totals.kind is
  'hour: an hour; day: a day; label: the records of a day that have one label.';
comment on column comply_private.rollup_totals.label is 'The label of the taxonomy; *: whatever it is.';
comment on column comply_private.rollup_totals.starts_at is 'The beginning of the hour or day, UTC.';
comment on column comply_private.rollup_totals.detector_type is 'The detector.';
comment on column comply_private.rollup_totals.model_version is 'The version of its model.';
comment on column comply_private.rollup_totals.records is 'How many records.';
comment on column comply_private.rollup_totals.flagged is
  'How many of them have another label than OTHER.Safe; null in a row of one label.';
comment on column comply_private.rollup_totals.scored is 'How many of them have a confidence.';
comment on column comply_private.rollup_totals.confidence_sum is 'The sum of the confidences.';
comment on column comply_private.rollup_totals.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.rollup_totals.confidence_max is 'The highest; null: none has one.';

-- A queue. Without a key: writers only ever add, so that none waits for another, and a refresh takes out what it sees.
-- What a transaction that commits late has added is taken by a later refresh, however old its rows are. Its deletes
-- name whole rows, so that a publication of all tables does not refuse them.
create table comply_private.rollup_changes (
  tenant_id      text             not null,
  hour           timestamptz      not null,
  detector_type  text,
  model_version  text,
  labels         jsonb,
  records        bigint,
  scored         bigint,
  confidence_sum numeric,
  confidence_min double precision,
  confidence_max double precision
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_analyze_scale_factor = 0.5);

alter table comply_private.rollup_changes replica identity full;

comment on table comply_private.rollup_changes is
  'One row a statement that wrote records and what it is to be added to; or, without a detector, an hour to be counted '
  'anew.';
comment on column comply_private.rollup_changes.tenant_id is 'The tenant whose records were written.';
comment on column comply_private.rollup_changes.hour is 'The beginning of their hour, UTC.';
comment on column comply_private.rollup_changes.detector_type is
  'The detector; null: records of the hour were changed or deleted, so it is counted anew.';
comment on column comply_private.rollup_changes.model_version is 'The version of its model.';
comment on column comply_private.rollup_changes.labels is 'All labels of each of the records.';
comment on column comply_private.rollup_changes.records is 'How many records.';
comment on column comply_private.rollup_changes.scored is 'How many of them have a confidence.';
comment on column comply_private.rollup_changes.confidence_sum is 'The sum of their confidences.';
comment on column comply_private.rollup_changes.confidence_min is 'The lowest.';
comment on column comply_private.rollup_changes.confidence_max is 'The highest.';

-- Of the same form, as what is counted anew becomes a change as well. Empty but inside a refresh, so nothing of it
-- outlives a crash.
create unlogged table comply_private.rollup_batch (
  like comply_private.rollup_changes
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

alter table comply_private.rollup_batch replica identity full;

comment on table comply_private.rollup_batch is 'The changes that one step of a refresh applies; empty between two.';
comment on column comply_private.rollup_batch.tenant_id is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.hour is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.detector_type is
  'As in rollup_changes; null: what the rollups say of the hour goes before the other rows are added.';
comment on column comply_private.rollup_batch.model_version is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.labels is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.records is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.scored is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.confidence_sum is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.confidence_min is 'As in rollup_changes.';
comment on column comply_private.rollup_batch.confidence_max is 'As in rollup_changes.';

-- No trigger tells of a partition that comes, goes or is truncated, so a refresh compares. Another file is another
-- content: TRUNCATE gives a table a new one, as does whatever writes it anew.
create table comply_private.rollup_months (
  month     timestamptz not null,
  partition bigint      not null,
  filenode  bigint      not null,

  constraint rollup_months_pkey primary key (month)
);

comment on table comply_private.rollup_months is
  'One row a month whose partition of comply.storage_records is counted: which one it was.';
comment on column comply_private.rollup_months.month is 'The beginning of the month, UTC.';
comment on column comply_private.rollup_months.partition is 'The oid of the partition when its rows were counted.';
comment on column comply_private.rollup_months.filenode is 'The file that had its rows.';

create table comply_private.rollup_state (
  singleton    boolean     not null default true,
  refreshed_at timestamptz,

  constraint rollup_state_pkey primary key (singleton),
  constraint rollup_state_singleton_check check (singleton)
);

insert into comply_private.rollup_state default values;

comment on table comply_private.rollup_state is
  'One row: how far the rollups are. Its lock lets one refresh work at a time.';
comment on column comply_private.rollup_state.singleton is 'Always true: there is one row.';
comment on column comply_private.rollup_state.refreshed_at is
  'Whatever was committed before this time is counted; null: not yet.';
