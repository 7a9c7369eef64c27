-- What a platform does for its tenants in any case, and that the tables which came last hold nothing but what is internal.
-- After the triggers of these tables, so that the trail has the rows; the owner below its policies, which a deployment
-- does not ask. Waits for nobody.

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

do $$
begin
  perform comply_private.label_internal(
    '{allowed_extensions,assessment_exceptions,check_limits,report_schedules,reports}');
end;
$$;
