-- What reports are made of beside findings and rollups, which are made when, and which were. Creates tables, so it
-- waits for nobody. Until the files in policies/ have run, only the owner gets in.

-- Counted from sealed blocks, whose rows never change: nothing is counted twice or missed, however late it committed.
create table comply_private.activity_days (
  tenant_id   text   not null,
  day         date   not null,
  table_name  text   not null,
  operation   text   not null,
  user_id     text   not null,
  active_role text   not null,
  row_count   bigint not null,

  constraint activity_days_pkey primary key (tenant_id, day, table_name, operation, user_id, active_role),
  constraint activity_days_row_count_check check (row_count > 0)
)
with (fillfactor = 80);

create index activity_days_day_idx on comply_private.activity_days (day);

comment on table comply_private.activity_days is
  'One row a tenant, day, table, operation and login: how many rows the trail and the access log have of it.';
comment on column comply_private.activity_days.tenant_id is 'The tenant; _system: no tenant''s.';
comment on column comply_private.activity_days.day is 'The day, UTC.';
comment on column comply_private.activity_days.table_name is 'The table that was changed or read.';
comment on column comply_private.activity_days.operation is 'As in the audit trail; SELECT: a read in the access log.';
comment on column comply_private.activity_days.user_id is 'The login.';
comment on column comply_private.activity_days.active_role is 'The role that it had taken on; empty: none.';
comment on column comply_private.activity_days.row_count is 'How many.';

create table comply_private.activity_heads (
  tenant_id text   not null,
  stream    text   not null,
  blocks    bigint not null,

  constraint activity_heads_pkey primary key (tenant_id, stream),
  constraint activity_heads_blocks_check check (blocks > 0)
);

comment on table comply_private.activity_heads is 'One row a tenant and stream: how many of its blocks are counted.';
comment on column comply_private.activity_heads.tenant_id is 'The tenant.';
comment on column comply_private.activity_heads.stream is 'The stream.';
comment on column comply_private.activity_heads.blocks is 'The blocks before this one are counted.';

create table comply_private.activity_state (
  singleton  boolean     not null default true,
  counted_to timestamptz,

  constraint activity_state_pkey primary key (singleton),
  constraint activity_state_singleton_check check (singleton)
);

insert into comply_private.activity_state default values;

comment on table comply_private.activity_state is 'One row, whose lock lets one session count at a time.';
comment on column comply_private.activity_state.singleton is 'Always true: there is one row.';
comment on column comply_private.activity_state.counted_to is
  'Whatever was sealed until then is counted; null: nothing is yet.';

create table comply.report_schedules (
  tenant_id    text        not null,
  id           uuid        not null default comply.new_id(),
  framework_id text        not null,
  every        interval    not null,
  formats      text[]      not null,
  next_from    timestamptz not null,
  set_by       text        not null default session_user,
  set_at       timestamptz not null default comply.now(),
  updated_at   timestamptz not null default comply.now(),

  constraint report_schedules_pkey primary key (tenant_id, id),
  constraint report_schedules_framework_id_key unique (tenant_id, framework_id, every),
  constraint report_schedules_tenant_id_check check (length(tenant_id) between 1 and 63),
  -- 30 days are the same value as a month to PostgreSQL, but no month of the calendar.
  constraint report_schedules_every_check
    check (every in (interval '1 day', interval '7 days', interval '1 month', interval '3 months', interval '1 year')
           and timestamp '2024-01-01' + every in (timestamp '2024-01-02', timestamp '2024-01-08',
                                                  timestamp '2024-02-01', timestamp '2024-04-01',
                                                  timestamp '2025-01-01')),
  constraint report_schedules_formats_check
    check (cardinality(formats) > 0 and formats <@ array['html', 'json', 'csv', 'oscal', 'sarif']),
  constraint report_schedules_next_from_check
    check (isfinite(next_from)
           and next_from = date_trunc('day', next_from at time zone 'UTC') at time zone 'UTC')
);

comment on table comply.report_schedules is 'One row a report that is made again and again.';
comment on column comply.report_schedules.tenant_id is 'The tenant that it is on; _system: all of them.';
comment on column comply.report_schedules.id is 'The name of this row in the audit trail.';
comment on column comply.report_schedules.framework_id is 'The framework.';
comment on column comply.report_schedules.every is 'How long a period is: 1 day, 7 days, 1 month, 3 months or 1 year.';
comment on column comply.report_schedules.formats is 'Of html, json, csv, oscal and sarif.';
comment on column comply.report_schedules.next_from is
  'Where the next period begins, a day of UTC: it is due when that period is over.';
comment on column comply.report_schedules.set_by is 'The login that set it.';
comment on column comply.report_schedules.set_at is 'When it was set.';
comment on column comply.report_schedules.updated_at is 'When the row last changed.';

-- No foreign key to the run: a run belongs to whoever ran it, a report to the tenant that it is on.
create table comply.reports (
  tenant_id      text        not null,
  id             uuid        not null default comply.new_id(),
  report_id      uuid        not null,
  framework_id   text        not null,
  version        text        not null,
  period_from    timestamptz not null,
  period_to      timestamptz not null,
  run_id         uuid,
  checkpoint_seq bigint,
  format         text        not null,
  location       text        not null,
  file_name      text        not null,
  file_bytes     bigint      not null,
  file_hash      bytea       not null,
  schedule_id    uuid,
  made_by        text        not null default session_user,
  made_at        timestamptz not null default comply.now(),

  constraint reports_pkey primary key (tenant_id, id),
  constraint reports_report_id_key unique (tenant_id, report_id, file_name),
  constraint reports_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint reports_period_check check (period_from < period_to),
  constraint reports_format_check check (format in ('html', 'json', 'csv', 'oscal', 'sarif')),
  constraint reports_names_check check (location ~ '\S' and file_name ~ '\S'),
  constraint reports_file_bytes_check check (file_bytes > 0),
  constraint reports_file_hash_check check (octet_length(file_hash) = 32)
);

create index reports_file_hash_idx on comply.reports (file_hash);

comment on table comply.reports is
  'One row a file of a report that was handed out. Append-only; the audit trail has each, so the ledger seals it.';
comment on column comply.reports.tenant_id is 'The tenant that the report is on; _system: all of them.';
comment on column comply.reports.id is 'The name of this row in the audit trail.';
comment on column comply.reports.report_id is 'The report, of which there may be several files.';
comment on column comply.reports.framework_id is 'The framework.';
comment on column comply.reports.version is 'Its version.';
comment on column comply.reports.period_from is 'The first time of its period.';
comment on column comply.reports.period_to is 'The first time after it.';
comment on column comply.reports.run_id is 'The run of checks that it tells of; null: there was none in the period.';
comment on column comply.reports.checkpoint_seq is 'The newest checkpoint of the ledger by then; null: there was none.';
comment on column comply.reports.format is 'html, json, csv, oscal or sarif.';
comment on column comply.reports.location is 'The folder or container that it was written to.';
comment on column comply.reports.file_name is 'The file, below the location.';
comment on column comply.reports.file_bytes is 'How large it was.';
comment on column comply.reports.file_hash is 'The SHA-256 of the file.';
comment on column comply.reports.schedule_id is 'The schedule that asked for it; null: somebody did.';
comment on column comply.reports.made_by is 'The login that made it.';
comment on column comply.reports.made_at is 'When it was recorded.';
