-- The tenants. Creates a table, so it waits for nobody. Until policies/comply.tenant_configs.sql has run, only
-- the owner gets in.

create table comply.tenant_configs (
  tenant_id              text             not null,
  id                     uuid             not null default comply.new_id(),
  display_name           text             not null,
  confidence_threshold   double precision not null default 0.5,
  detectors_allowed      text[],
  detectors_denied       text[]           not null default '{}',
  storage_retention_days integer          not null default 365,
  encryption_required    boolean          not null default false,
  audit_level            text             not null default 'standard',
  taxonomy_overrides     jsonb            not null default '{}',
  created_at             timestamptz      not null default comply.now(),
  updated_at             timestamptz      not null default comply.now(),

  constraint tenant_configs_pkey primary key (tenant_id),
  constraint tenant_configs_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint tenant_configs_display_name_check check (display_name ~ '\S'),
  constraint tenant_configs_confidence_threshold_check check (confidence_threshold between 0 and 1),
  constraint tenant_configs_detectors_allowed_check check (array_position(detectors_allowed, null) is null),
  constraint tenant_configs_detectors_denied_check check (array_position(detectors_denied, null) is null),
  constraint tenant_configs_storage_retention_days_check check (storage_retention_days between 1 and 36500),
  constraint tenant_configs_audit_level_check check (audit_level in ('minimal', 'standard', 'verbose')),
  constraint tenant_configs_taxonomy_overrides_check check (jsonb_typeof(taxonomy_overrides) = 'object')
);

comment on table comply.tenant_configs is 'One row a tenant: who may enter, and how the database treats its data.';
comment on column comply.tenant_configs.tenant_id is
  'The tenant: 1 to 63 characters, a-z, 0-9, _ and -, the first a-z or 0-9. Never changes.';
comment on column comply.tenant_configs.id is 'The name of this row in the audit trail.';
comment on column comply.tenant_configs.display_name is 'The name that reports show.';
comment on column comply.tenant_configs.confidence_threshold is
  'From this score on, 0 to 1, a detector''s label counts as found.';
comment on column comply.tenant_configs.detectors_allowed is 'The detectors whose results are taken; null: all.';
comment on column comply.tenant_configs.detectors_denied is 'Detectors whose results are refused, allowed or not.';
comment on column comply.tenant_configs.storage_retention_days is
  'How many days records are kept where no retention policy says otherwise.';
comment on column comply.tenant_configs.encryption_required is 'Whether records must be marked as encrypted.';
comment on column comply.tenant_configs.audit_level is
  'minimal: who, when, which row and columns; standard: what changed as well; verbose: both full images.';
comment on column comply.tenant_configs.taxonomy_overrides is
  'By detector, what its labels mean to this tenant: {"llama-guard": {"pii": "PII.Person.Name"}}.';
comment on column comply.tenant_configs.created_at is 'When the tenant was added.';
comment on column comply.tenant_configs.updated_at is 'When the row last changed.';
