-- The lines that comply.load_lines() could not make a record of, and whose turn it is to load. Creates
-- tables, so it waits for nobody. Until the files in policies/ have run, only the owner gets in.

create table comply.load_rejects (
  tenant_id     text        not null,
  id            uuid        not null default comply.new_id(),
  load_id       uuid        not null,
  line_no       bigint      not null,
  detector_type text        not null,
  model_version text        not null,
  reason        text        not null,
  detail        text,
  line          text        not null,
  created_at    timestamptz not null default comply.now(),
  updated_at    timestamptz not null default comply.now(),

  constraint load_rejects_pkey primary key (tenant_id, load_id, line_no),
  constraint load_rejects_tenant_id_check
    check (length(tenant_id) <= 63 and tenant_id ~ '^[a-z0-9][a-z0-9_-]*$'),
  constraint load_rejects_line_no_check check (line_no > 0),
  constraint load_rejects_reason_check check (reason ~ '^[a-z][a-z0-9_]*$'),
  constraint load_rejects_detail_check check (length(detail) <= 1000),
  constraint load_rejects_line_check check (length(line) <= 8192)
);

create index load_rejects_id_idx on comply.load_rejects (tenant_id, id);

comment on table comply.load_rejects is 'One row a line that a load refused: which, why, and how it begins.';
comment on column comply.load_rejects.tenant_id is 'The tenant that the load was for.';
comment on column comply.load_rejects.id is 'The name of this row in the audit trail.';
comment on column comply.load_rejects.load_id is 'The load; the correlation id of what it did.';
comment on column comply.load_rejects.line_no is 'The number of the line in the input, from 1.';
comment on column comply.load_rejects.detector_type is 'The detector that the load named.';
comment on column comply.load_rejects.model_version is 'The version of its model that the load named.';
comment on column comply.load_rejects.reason is 'One stable word, such as not_json or unknown_label.';
comment on column comply.load_rejects.detail is 'What is wrong about it: the label, the value, the place.';
comment on column comply.load_rejects.line is
  'The first 8,192 characters; where the line is not UTF-8 or was cut, bytes beyond ASCII as \nnn.';
comment on column comply.load_rejects.created_at is 'When the line was refused.';
comment on column comply.load_rejects.updated_at is 'When the row last changed.';

-- A row to lock, and no advisory lock: those are free for all to hold, and their numbers for all to see.
create table comply_private.load_turns (
  tenant_id     text not null,
  detector_type text not null,
  model_version text not null,

  constraint load_turns_pkey primary key (tenant_id, detector_type, model_version),
  constraint load_turns_model_version_check
    check (length(model_version) <= 200 and model_version ~ '^\S(.*\S)?$'),
  constraint load_turns_detector_type_fkey foreign key (detector_type)
    references comply.detectors (detector_type) on delete restrict
);

create index load_turns_detector_type_idx on comply_private.load_turns (detector_type);

comment on table comply_private.load_turns is
  'One row a tenant, detector and model that were loaded: whoever loads holds its lock.';
comment on column comply_private.load_turns.tenant_id is 'The tenant.';
comment on column comply_private.load_turns.detector_type is 'The detector.';
comment on column comply_private.load_turns.model_version is 'The version of its model.';
