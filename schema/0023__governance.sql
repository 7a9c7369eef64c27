-- What columns hold, where rows come from, and what the law asks about both. Creates tables, so nobody waits for those.
-- Labels are written into comments at the end, which locks every table of schema comply that has one against VACUUM and
-- other DDL, not against readers and writers.

alter table comply.column_labels
  add column subject_kind text,
  add column legal_basis  text,
  add column source       text not null default 'declared',
  add column confidence   double precision,
  add column waiver       text,
  add column reviewed_by  text,
  add column reviewed_at  timestamptz,
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_subject_kind_check check (subject_kind ~ '^[a-z]+( [a-z]+)*$'),
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_legal_basis_check check (legal_basis ~ '\S'),
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_source_check check (source in ('declared', 'inherited', 'suspected')),
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_confidence_check
    check ((confidence is null) = (source <> 'suspected') and confidence between 0 and 1),
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_waiver_check check (waiver ~ '\S' and (waiver is null or classification = 'restricted')),
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_reviewed_check check ((reviewed_at is null) = (reviewed_by is null));

comment on table comply.column_labels is
  'One row a column that was classified. A table is as secret as the most secret of its columns.';
comment on column comply.column_labels.subject_kind is
  'Whose personal data it has: end user, staff; null: nobody''s.';
comment on column comply.column_labels.legal_basis is
  'On what grounds it is processed, where they are not those of the activity; null: they are.';
comment on column comply.column_labels.source is
  'declared: somebody said so; inherited: as the column that it is made of; suspected: found, and nobody has said yet.';
comment on column comply.column_labels.confidence is 'suspected: how likely it is, 0 to 1; else null.';
comment on column comply.column_labels.waiver is
  'restricted: why it is not encrypted all the same; null: it is, or has to be.';
comment on column comply.column_labels.reviewed_by is 'The login that said so; null: nobody has looked at it.';
comment on column comply.column_labels.reviewed_at is 'When that was.';

create table comply.lineage_events (
  tenant_id    text        not null,
  id           uuid        not null default comply.new_id(),
  activity_id  uuid        not null,
  activity     text        not null,
  node         text        not null,
  relation     text        not null,
  source       text        not null,
  covers_from  timestamptz,
  covers_until timestamptz,
  detail       jsonb       not null default '{}',
  happened_at  timestamptz not null default comply.now(),
  recorded_by  text        not null default session_user,
  updated_at   timestamptz not null default comply.now(),

  constraint lineage_events_pkey primary key (tenant_id, id),
  constraint lineage_events_statement_key unique (tenant_id, activity_id, node, relation, source),
  constraint lineage_events_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint lineage_events_activity_check check (length(activity) <= 63 and activity ~ '^[a-z][a-z_]*$'),
  constraint lineage_events_relation_check check (
    relation in (
      'used', 'wasGeneratedBy', 'wasDerivedFrom', 'wasInvalidatedBy', 'wasAssociatedWith', 'wasAttributedTo')),
  constraint lineage_events_node_check check (length(node) <= 500 and node ~ '^[a-z][a-z_]*:\S(.*\S)?$'),
  constraint lineage_events_source_check check (length(source) <= 500 and source ~ '^[a-z][a-z_]*:\S(.*\S)?$'),
  constraint lineage_events_covers_check check (
    (covers_from is null) = (covers_until is null)
    and (covers_from is null) = (source !~ '^records:')
    and covers_from < covers_until
  ),
  constraint lineage_events_detail_check check (jsonb_typeof(detail) = 'object')
);

-- Not by tenant: policies add it for those who have one, and an auditor asks across tenants.
create index lineage_events_node_idx on comply.lineage_events (node);
create index lineage_events_source_idx on comply.lineage_events (source);
create index lineage_events_covers_idx on comply.lineage_events (tenant_id, covers_from, covers_until)
  where covers_from is not null;
create index lineage_events_happened_at_idx on comply.lineage_events (happened_at);
create index lineage_events_activity_id_idx on comply.lineage_events (activity_id);

comment on table comply.lineage_events is
  'One row a statement in the words of W3C PROV: node relation source, from the effect to the cause. Append-only.';
comment on column comply.lineage_events.tenant_id is 'The tenant whose data it is about; _system: nobody''s.';
comment on column comply.lineage_events.id is 'The name of this row in the audit trail.';
comment on column comply.lineage_events.activity_id is 'What was done, once: a load, a report, a training.';
comment on column comply.lineage_events.activity is 'Its kind: load, report, training.';
comment on column comply.lineage_events.node is
  'What the statement is about, kind:name; record:0190…, file:night.jsonl.';
comment on column comply.lineage_events.relation is
  'used, wasGeneratedBy, wasDerivedFrom, wasInvalidatedBy, wasAssociatedWith or wasAttributedTo.';
comment on column comply.lineage_events.source is
  'What it goes back to, kind:name; records:FROM/UNTIL means all records of that span.';
comment on column comply.lineage_events.covers_from is 'records: the first time of the span; else null.';
comment on column comply.lineage_events.covers_until is
  'records: the first time that is not in it any more; else null.';
comment on column comply.lineage_events.detail is 'Counts and names of the activity; never contents.';
comment on column comply.lineage_events.happened_at is 'When it was done.';
comment on column comply.lineage_events.recorded_by is 'The login that recorded it.';
comment on column comply.lineage_events.updated_at is 'When this row was written.';

-- Most of it is of no tenant, so the trail has no place for it: comply.admin_events() tells who changed it.
create table comply.processing_activities (
  tenant       text        not null,
  name         text        not null,
  role         text        not null,
  purpose      text        not null,
  legal_basis  text,
  controller   text        not null,
  tables       text[]      not null,
  security     text        not null,
  valid_from   timestamptz not null default comply.now(),
  valid_until  timestamptz,
  set_by       text        not null default session_user,
  set_at       timestamptz not null default comply.now(),

  constraint processing_activities_pkey primary key (tenant, name),
  constraint processing_activities_tenant_check check (length(tenant) between 1 and 63),
  constraint processing_activities_name_check check (length(name) <= 200 and name ~ '^\S(.*\S)?$'),
  constraint processing_activities_role_check check (role in ('controller', 'processor')),
  constraint processing_activities_purpose_check check (purpose ~ '\S'),
  constraint processing_activities_legal_basis_check check (legal_basis ~ '\S'),
  constraint processing_activities_controller_check check (controller ~ '\S'),
  constraint processing_activities_tables_check
    check (cardinality(tables) > 0 and array_position(tables, null) is null),
  constraint processing_activities_security_check check (security ~ '\S'),
  constraint processing_activities_valid_check check (valid_from < valid_until)
);

comment on table comply.processing_activities is
  'One row a way in which personal data is processed: what article 30 of the GDPR asks to keep a record of.';
comment on column comply.processing_activities.tenant is 'The tenant; *: every one.';
comment on column comply.processing_activities.name is 'What it is called.';
comment on column comply.processing_activities.role is
  'controller or processor: what whoever runs this database is in it.';
comment on column comply.processing_activities.purpose is 'What it is for.';
comment on column comply.processing_activities.legal_basis is
  'The grounds: an article of the law, or the contract of the controller; null: nobody has named one.';
comment on column comply.processing_activities.controller is 'Who decides about it, and how to reach them.';
comment on column comply.processing_activities.tables is 'The tables of schema comply that it uses.';
comment on column comply.processing_activities.security is 'How the data is protected, in general words.';
comment on column comply.processing_activities.valid_from is 'Since when it is done.';
comment on column comply.processing_activities.valid_until is 'Until when it was; null: it still is.';
comment on column comply.processing_activities.set_by is 'The login that set it.';
comment on column comply.processing_activities.set_at is 'When it was set.';

create table comply.processing_recipients (
  tenant     text        not null,
  activity   text        not null,
  recipient  text        not null,
  country    text        not null,
  safeguard  text,
  reason     text        not null,
  set_by     text        not null default session_user,
  set_at     timestamptz not null default comply.now(),

  constraint processing_recipients_pkey primary key (tenant, activity, recipient, country),
  constraint processing_recipients_activity_fkey foreign key (tenant, activity)
    references comply.processing_activities (tenant, name) on delete restrict,
  constraint processing_recipients_recipient_check check (length(recipient) <= 200 and recipient ~ '^\S(.*\S)?$'),
  constraint processing_recipients_country_check check (country ~ '^[A-Z]{2}$'),
  constraint processing_recipients_safeguard_check check (safeguard ~ '\S'),
  constraint processing_recipients_reason_check check (reason ~ '\S')
);

comment on table comply.processing_recipients is
  'One row an activity, a recipient of its data, and a country it goes to.';
comment on column comply.processing_recipients.tenant is 'The tenant of the activity.';
comment on column comply.processing_recipients.activity is 'The activity.';
comment on column comply.processing_recipients.recipient is 'Who gets the data: an organisation, or a kind of them.';
comment on column comply.processing_recipients.country is 'Where: two letters, as ISO 3166 has them.';
comment on column comply.processing_recipients.safeguard is
  'What protects it in a third country: standard clauses, binding rules, a decision; null: nothing is named.';
comment on column comply.processing_recipients.reason is 'What they get it for.';
comment on column comply.processing_recipients.set_by is 'The login that set it.';
comment on column comply.processing_recipients.set_at is 'When it was set.';

create table comply.subject_requests (
  tenant_id        text        not null,
  id               uuid        not null default comply.new_id(),
  kind             text        not null,
  subject_digest   bytea       not null,
  state            text        not null default 'open',
  received_at      timestamptz not null,
  due_at           timestamptz not null,
  extension_reason text,
  answer           text,
  erasure_id       uuid,
  received_by      text        not null default session_user,
  closed_by        text,
  closed_at        timestamptz,
  updated_at       timestamptz not null default comply.now(),

  constraint subject_requests_pkey primary key (tenant_id, id),
  constraint subject_requests_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint subject_requests_kind_check
    check (kind in ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')),
  constraint subject_requests_subject_digest_check check (octet_length(subject_digest) = 32),
  constraint subject_requests_state_check check (state in ('open', 'fulfilled', 'refused', 'withdrawn')),
  constraint subject_requests_due_at_check check (received_at < due_at),
  constraint subject_requests_extension_reason_check check (extension_reason ~ '\S'),
  constraint subject_requests_closed_check check (
    (state = 'open') = (closed_at is null)
    and (closed_at is null) = (closed_by is null)
    and (closed_at is null) = (answer is null)
  ),
  constraint subject_requests_answer_check check (length(answer) <= 1000 and answer ~ '\S'),
  constraint subject_requests_erasure_fkey foreign key (tenant_id, erasure_id)
    references comply.erasures (tenant_id, id) on delete restrict
);

create index subject_requests_erasure_idx on comply.subject_requests (tenant_id, erasure_id);
create index subject_requests_due_at_idx on comply.subject_requests (due_at) where state = 'open';

comment on table comply.subject_requests is
  'One row a request of a person about their data: what was asked, by when it is to be answered, and how it was.';
comment on column comply.subject_requests.tenant_id is 'The tenant whose data it is about.';
comment on column comply.subject_requests.id is 'The name of the request, and of this row in the audit trail.';
comment on column comply.subject_requests.kind is
  'access, rectification, erasure, restriction, portability or objection.';
comment on column comply.subject_requests.subject_digest is
  'SHA-256 over tenant and subject, as comply.erasures has it: whoever knows the subject finds it.';
comment on column comply.subject_requests.state is 'open, fulfilled, refused or withdrawn.';
comment on column comply.subject_requests.received_at is 'When it arrived: from here the month of the law runs.';
comment on column comply.subject_requests.due_at is 'By when it is to be answered: a month later, three if extended.';
comment on column comply.subject_requests.extension_reason is 'Why it takes longer; null: it does not.';
comment on column comply.subject_requests.answer is 'What was answered, in words that name no person; null: open.';
comment on column comply.subject_requests.erasure_id is 'The erasure that fulfilled it; null: none did.';
comment on column comply.subject_requests.received_by is 'The login that recorded it.';
comment on column comply.subject_requests.closed_by is 'The login that closed it; null: open.';
comment on column comply.subject_requests.closed_at is 'When that was; null: open.';
comment on column comply.subject_requests.updated_at is 'When the row last changed.';

create table comply.decision_reviews (
  tenant_id   text        not null,
  id          uuid        not null default comply.new_id(),
  record_id   uuid        not null,
  decision    text        not null,
  reason      text        not null,
  reviewer    text        not null,
  reviewed_by text        not null default session_user,
  reviewed_at timestamptz not null default comply.now(),
  updated_at  timestamptz not null default comply.now(),

  constraint decision_reviews_pkey primary key (tenant_id, id),
  constraint decision_reviews_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint decision_reviews_decision_check check (decision in ('upheld', 'overturned', 'escalated')),
  constraint decision_reviews_reason_check check (length(reason) <= 1000 and reason ~ '\S'),
  constraint decision_reviews_reviewer_check check (length(reviewer) <= 256 and reviewer ~ '\S')
);

create index decision_reviews_record_id_idx on comply.decision_reviews (tenant_id, record_id);

comment on table comply.decision_reviews is
  'One row a time that a person looked at what a detector decided. Append-only: who thinks again adds another.';
comment on column comply.decision_reviews.tenant_id is 'The tenant of the record.';
comment on column comply.decision_reviews.id is 'The name of this row in the audit trail.';
comment on column comply.decision_reviews.record_id is 'The record of comply.storage_records.';
comment on column comply.decision_reviews.decision is 'upheld, overturned or escalated.';
comment on column comply.decision_reviews.reason is 'Why, in words that name no person.';
comment on column comply.decision_reviews.reviewer is 'Who decided: the actor of the transaction, a person.';
comment on column comply.decision_reviews.reviewed_by is 'The login through which they did.';
comment on column comply.decision_reviews.reviewed_at is 'When they did.';
comment on column comply.decision_reviews.updated_at is 'When this row was written.';

-- What a platform does for its tenants in any case. Whoever runs one states their own beside it.
insert into comply.processing_activities (
  tenant, name, role, purpose, legal_basis, controller, tables, security, valid_from, set_by)
values
  ('*', 'Detector results', 'processor', 'Keep what detectors found in the AI traffic of a tenant, to prove and improve it.',
   'GDPR article 28: the contract with the tenant', 'The tenant.',
   '{storage_records,detector_executions,load_rejects,archives,restores}',
   'Row level security by tenant, envelope encryption of confidential fields, sealed audit trail, retention.',
   '2026-01-01 00:00Z', 'comply-db'),
  ('*', 'Accountability', 'processor', 'Prove who did, read, decided, held, destroyed and answered what, and when.',
   'GDPR article 5(2) and 28(3)(h): accountability, and proof to the tenant', 'The tenant.',
   '{audit_trail,access_log,security_events,ledger_checkpoints,legal_holds,retention_policies,retention_bounds,'
   'retention_items,destruction_certificates,erasures,subject_requests,decision_reviews,lineage_events,column_labels,'
   'processing_activities,processing_recipients}',
   'Append-only tables, sealed by the ledger, row level security by tenant.',
   '2026-01-01 00:00Z', 'comply-db');

-- The owner below its policies, which a deployment does not ask.
alter table comply.column_labels no force row level security;

insert into comply.column_labels as l (table_name, column_name, classification, subject_kind, waiver) values
  ('storage_records', 'source_data_hash', 'confidential', 'end user', null),
  ('storage_records', 'mapped_data', 'confidential', 'end user', null),
  ('storage_records', 'metadata', 'confidential', 'end user', null),
  ('storage_records', 'blob_path', 'confidential', 'end user', null),
  ('storage_records', 'subject_id', 'confidential', 'end user', null),
  ('storage_records', 'confidential', 'restricted', 'end user', null),
  ('detector_executions', 'error_message', 'confidential', 'end user', null),
  ('detector_executions', 'metadata', 'confidential', 'end user', null),
  ('detector_executions', 'subject_id', 'confidential', 'end user', null),
  ('load_rejects', 'line', 'confidential', 'end user', null),
  ('load_rejects', 'detail', 'confidential', 'end user', null),
  ('audit_trail', 'old_values', 'restricted', 'end user',
   'Images have what the tables have: sealed fields stay sealed in them, and an erasure removes them.'),
  ('audit_trail', 'new_values', 'restricted', 'end user',
   'Images have what the tables have: sealed fields stay sealed in them, and an erasure removes them.'),
  ('audit_trail', 'actor', 'confidential', 'staff', null),
  ('audit_trail', 'user_id', 'confidential', 'staff', null),
  ('audit_trail', 'active_role', 'internal', 'staff', null),
  ('audit_trail', 'ip_address', 'confidential', 'staff', null),
  ('audit_trail', 'user_agent', 'confidential', 'staff', null),
  ('access_log', 'query_text', 'confidential', 'staff', null),
  ('access_log', 'actor', 'confidential', 'staff', null),
  ('access_log', 'user_id', 'confidential', 'staff', null),
  ('access_log', 'active_role', 'internal', 'staff', null),
  ('access_log', 'ip_address', 'confidential', 'staff', null),
  ('access_log', 'user_agent', 'confidential', 'staff', null),
  ('security_events', 'actor', 'confidential', 'staff', null),
  ('security_events', 'user_id', 'confidential', 'staff', null),
  ('security_events', 'active_role', 'internal', 'staff', null),
  ('security_events', 'ip_address', 'confidential', 'staff', null),
  ('security_events', 'user_agent', 'confidential', 'staff', null),
  ('erasures', 'subject_digest', 'confidential', 'end user', null),
  ('subject_requests', 'subject_digest', 'confidential', 'end user', null),
  ('subject_requests', 'answer', 'confidential', 'end user', null),
  ('decision_reviews', 'reviewer', 'confidential', 'staff', null),
  ('decision_reviews', 'reason', 'confidential', null, null)
on conflict on constraint column_labels_pkey do update
set classification = excluded.classification,
    subject_kind = excluded.subject_kind,
    waiver = excluded.waiver;

-- Logins of those who administer; and with that each column is looked through. What a later version adds says so there.
insert into comply.column_labels (table_name, column_name, classification, subject_kind)
select
  c.relname,
  a.attname,
  'internal',
  case
    when a.attname ~ '_by$' and a.atttypid = 'text'::regtype and c.relname in (
      'archives', 'restores', 'ledger_checkpoints', 'legal_holds', 'retention_policies', 'retention_bounds',
      'retention_items', 'destruction_certificates', 'erasures', 'subject_requests', 'decision_reviews',
      'lineage_events', 'column_labels', 'processing_activities', 'processing_recipients')
    then 'staff'
  end
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'comply'::regnamespace
  and c.relkind in ('r', 'p')
  and not c.relispartition
on conflict on constraint column_labels_pkey do nothing;

update comply.column_labels as l
set reviewed_by = 'comply-db',
    reviewed_at = comply.now();

do $$
begin
  perform comply_private.mirror_label(l.table_name, l.column_name)
  from comply.column_labels as l;
end;
$$;

alter table comply.column_labels
  -- squawk-ignore constraint-missing-not-valid
  add constraint column_labels_suspected_check check ((source = 'suspected') = (reviewed_by is null));

alter table comply.column_labels force row level security;

-- The registry is forced by now, and so is the owner.
alter table comply.checks no force row level security;
alter table comply.control_mappings no force row level security;
alter table comply.controls no force row level security;

insert into comply.checks (
  check_id, position, title, severity, kind, scope, function_name, sample_function, evidence_query, remedy)
values
  ('columns_classified', 29, 'Every column of the schema was classified by somebody', 'medium', 'configuration',
   'database', 'check_columns_classified', null,
   'select * from comply.unclassified_columns()',
   'Call comply.classify_column() for each.'),
  ('personal_data_labelled', 30, 'No column has personal data that its label does not tell of', 'high',
   'configuration',   'database', 'check_personal_data_labelled', null,
   'select * from comply.suspected_personal_data(100, 1)',
   'Look at the column, then call comply.classify_column(), or move the values to where they belong.'),
  ('restricted_encrypted', 31, 'Restricted columns take nothing but envelopes', 'critical', 'configuration',
   'database', 'check_restricted_encrypted', null,
   'select * from comply.column_labels where classification = ''restricted''',
   'Encrypt the column as docs/encryption.md says, or give its label a waiver.'),
  ('keys_rotated', 32, 'Data keys are rotated within a year', 'medium', 'configuration',
   'tenant', 'check_keys_rotated', null,
   'select * from comply.key_inventory()',
   'Run comply-db keys rotate for the tenant.'),
  ('confidential_masked', 34, 'Confidential columns are hidden from analysts, operators and foreign roles', 'high',
   'configuration',   'database', 'check_confidential_masked', null,
   'select * from comply.exposed_columns()',
   'Take the grant away, or the column out of the view.'),
  ('processing_recorded', 35, 'Every table with personal data is in the record of processing', 'medium',
   'configuration',   'database', 'check_processing_recorded', null,
   'select * from comply.processing_record()',
   'Call comply.set_processing_activity() with the table.'),
  ('subjects_exportable', 36, 'The export of a subject finds all that is held on it', 'high', 'configuration',
   'database', 'check_subjects_exportable', null,
   'select * from comply.column_labels where subject_kind <> ''staff''',
   'Call comply.add_subject_column() with the column that names the subject.'),
  ('requests_in_time', 37, 'Requests of persons are answered in time', 'high', 'operation',
   'tenant', 'check_requests_in_time', 'sample_requests_in_time',
   'select * from comply.subject_request_report()',
   'Answer what is open by comply.close_subject_request(), or extend it before it is late.'),
  ('erasures_proven', 38, 'Erasures are carried out in time and can be proven', 'critical', 'operation',
   'tenant', 'check_erasures_proven', 'sample_erasures_proven',
   'select * from comply.erasure_report()',
   'As comply_admin: comply.erase_subject(), or call comply.redact_erased().'),
  ('processing_lawful', 39, 'Every processing has a legal basis', 'high', 'configuration',
   'tenant', 'check_processing_lawful', null,
   'select * from comply.processing_activities',
   'Call comply.set_processing_activity() with the grounds.'),
  ('transfers_safeguarded', 40, 'Data goes to third countries under a safeguard only', 'high', 'configuration',
   'tenant', 'check_transfers_safeguarded', null,
   'select * from comply.processing_recipients',
   'Call comply.set_recipient() with the safeguard, or end the transfer and call comply.drop_recipient().'),
  ('breaches_scoped', 41, 'What an actor touched can be told', 'medium', 'configuration',
   'tenant', 'check_breaches_scoped', null,
   'select * from comply.breach_scope(''LOGIN'')',
   'Set audit_level of the tenant to standard or verbose.'),
  ('trainings_traced', 42, 'Of each model that was trained the data is on record', 'medium', 'operation',
   'tenant', 'check_trainings_traced', 'sample_trainings_traced',
   'select * from comply.lineage_events where node like ''model:%'' or node like ''snapshot:%''',
   'Call comply.record_lineage() with the id of the activity and what it used.'),
  ('ai_events_complete', 43, 'Events of detectors are complete', 'medium', 'operation',
   'tenant', 'check_ai_events_complete', 'sample_ai_events_complete',
   'select * from comply.ai_event_log(now() - interval ''1 day'', now())',
   'Write a row of comply.detector_executions under the correlation id of its records.'),
  ('decisions_overseen', 44, 'People review what detectors leave to them', 'high', 'operation',
   'tenant', 'check_decisions_overseen', 'sample_decisions_overseen',
   'select * from comply.decision_reviews',
   'Let a person call comply.review_decision() for each.');

insert into comply.control_mappings (framework_id, version, control_id, source, source_id, coverage)
select c.framework_id, c.version, c.control_id, 'check', m.check_id, m.coverage
from (
  values
    ('columns_classified', 'iso27001', 'A.5.12', 'partial'),
    ('columns_classified', 'iso27001', 'A.5.13', 'partial'),
    ('columns_classified', 'soc2', 'C1.1', 'partial'),
    ('columns_classified', 'nist-800-53', 'RA-2', 'partial'),
    ('personal_data_labelled', 'gdpr', 'Art. 30', 'supports'),
    ('personal_data_labelled', 'iso27001', 'A.5.34', 'partial'),
    ('personal_data_labelled', 'iso27001', 'A.8.12', 'supports'),
    ('personal_data_labelled', 'nist-800-53', 'PT-2', 'partial'),
    ('restricted_encrypted', 'gdpr', 'Art. 32(1)(a)', 'partial'),
    ('restricted_encrypted', 'iso27001', 'A.8.24', 'partial'),
    ('restricted_encrypted', 'hipaa', '164.312(a)(2)(iv)', 'partial'),
    ('restricted_encrypted', 'nist-800-53', 'SC-28', 'partial'),
    ('keys_rotated', 'iso27001', 'A.8.24', 'partial'),
    ('keys_rotated', 'soc2', 'CC6.1', 'supports'),
    ('keys_rotated', 'nist-800-53', 'SC-12', 'partial'),
    ('confidential_masked', 'iso27001', 'A.8.11', 'partial'),
    ('confidential_masked', 'iso27001', 'A.8.12', 'partial'),
    ('confidential_masked', 'gdpr', 'Art. 25', 'partial'),
    ('confidential_masked', 'nist-800-53', 'SI-19', 'partial'),
    ('processing_recorded', 'gdpr', 'Art. 30', 'partial'),
    ('processing_recorded', 'gdpr', 'Art. 5(2)', 'supports'),
    ('processing_recorded', 'iso27001', 'A.5.34', 'partial'),
    ('processing_recorded', 'nist-800-53', 'PT-5', 'supports'),
    ('subjects_exportable', 'gdpr', 'Art. 15', 'partial'),
    ('subjects_exportable', 'gdpr', 'Art. 20', 'partial'),
    ('subjects_exportable', 'soc2', 'P5.1', 'partial'),
    ('requests_in_time', 'gdpr', 'Art. 12(3)', 'partial'),
    ('requests_in_time', 'gdpr', 'Art. 15', 'supports'),
    ('requests_in_time', 'soc2', 'P5.1', 'supports'),
    ('erasures_proven', 'gdpr', 'Art. 17', 'partial'),
    ('erasures_proven', 'iso27001', 'A.8.10', 'partial'),
    ('erasures_proven', 'soc2', 'P4.3', 'partial'),
    ('erasures_proven', 'hipaa', '164.310(d)(2)(i)', 'supports'),
    ('processing_lawful', 'gdpr', 'Art. 6', 'partial'),
    ('processing_lawful', 'gdpr', 'Art. 7', 'supports'),
    ('processing_lawful', 'gdpr', 'Art. 5(1)(a)', 'supports'),
    ('transfers_safeguarded', 'gdpr', 'Art. 44-49', 'partial'),
    ('transfers_safeguarded', 'iso27001', 'A.5.14', 'supports'),
    ('breaches_scoped', 'gdpr', 'Art. 33(3)', 'partial'),
    ('breaches_scoped', 'soc2', 'CC7.4', 'supports'),
    ('breaches_scoped', 'hipaa', '164.404', 'partial'),
    ('breaches_scoped', 'nist-800-53', 'IR-6', 'supports'),
    ('trainings_traced', 'eu-ai-act', 'Art. 10(2)', 'partial'),
    ('trainings_traced', 'eu-ai-act', 'Art. 11', 'supports'),
    ('trainings_traced', 'eu-ai-act', 'Annex IV', 'supports'),
    ('trainings_traced', 'iso27001', 'A.5.9', 'supports'),
    ('ai_events_complete', 'eu-ai-act', 'Art. 12', 'partial'),
    ('ai_events_complete', 'eu-ai-act', 'Art. 12(3)', 'partial'),
    ('decisions_overseen', 'eu-ai-act', 'Art. 14', 'partial'),
    ('decisions_overseen', 'eu-ai-act', 'Art. 26(2)', 'partial'),
    ('decisions_overseen', 'gdpr', 'Art. 22', 'supports')
) as m (check_id, framework_id, control_id, coverage)
join comply.controls as c on c.framework_id = m.framework_id and c.control_id = m.control_id;

alter table comply.checks force row level security;
alter table comply.control_mappings force row level security;
alter table comply.controls force row level security;
