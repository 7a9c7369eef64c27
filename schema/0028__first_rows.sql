-- The first rows of a table that is audited, so they come when its triggers are there. Inserts rows, so it waits for
-- nobody; and labels of the columns that came since columns have any.

-- What a platform does for its tenants in any case. Whoever runs one states their own beside it.
alter table comply.processing_activities no force row level security;

insert into comply.processing_activities (
  tenant_id, name, role, purpose, legal_basis, controller, tables, security, valid_from, set_by)
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

alter table comply.processing_activities force row level security;

-- Columns that came since columns have labels: who made a file or accepted a finding is not what tenants' data tells.
alter table comply.column_labels no force row level security;

insert into comply.column_labels (table_name, column_name, classification, reviewed_by, reviewed_at)
select c.relname, a.attname, 'internal', 'comply-db', comply.now()
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.oid in (
  'comply.reports'::pg_catalog.regclass,
  'comply.report_schedules'::pg_catalog.regclass,
  'comply.assessment_exceptions'::pg_catalog.regclass
);

alter table comply.column_labels force row level security;
