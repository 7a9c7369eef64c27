-- The ground
\ir 0001__roles_and_schemas.sql
\ir prelude.sql
\ir ../functions/comply.now.sql
\ir ../functions/comply_private.clock.sql
\ir ../functions/comply.new_id.sql
\ir ../functions/comply_private.tg__refuse.sql

-- What was deployed, and what judges it: with the lines above one transaction, through schema_version
\ir 0002__deployment_history.sql
\ir ../functions/comply_private.event_hash.sql
\ir ../functions/comply_private.tg_schema_migration_events__chain.sql
\ir ../functions/comply_private.verify_history.sql
\ir ../functions/comply_private.our_objects.sql
\ir ../functions/comply_private.object_names.sql
\ir ../functions/comply_private.object_fingerprint.sql
\ir ../functions/comply_private.judge_manifest.sql
\ir ../functions/comply_private.judge_statement.sql
\ir ../functions/comply_private.begin_unit.sql
\ir ../functions/comply_private.record_unit.sql
\ir ../functions/comply_private.record_event.sql
\ir ../functions/comply_private.begin_statements.sql
\ir ../functions/comply_private.begin_statement.sql
\ir ../functions/comply_private.end_statement.sql
\ir ../functions/comply_private.object_fingerprints.sql
\ir ../functions/comply_private.drift.sql
\ir ../functions/comply_private.orphans.sql
\ir ../functions/comply_private.removals.sql
\ir ../functions/comply_private.prune.sql
\ir ../functions/comply_private.revert_steps.sql
\ir ../functions/comply_private.record_revert.sql
\ir ../functions/comply_private.record_baseline.sql
\ir ../functions/comply_private.accept_edit.sql
\ir ../triggers/comply_private.schema_migration_events.sql
\ir ../policies/comply_private.schema_migrations.sql
\ir ../policies/comply_private.schema_migration_events.sql
\ir ../functions/comply.schema_version.sql

-- For which tenant a transaction works, and how it proves that
\ir 0003__tenant_context.sql
\ir ../functions/comply_private.hmac_hex.sql
\ir ../functions/comply_private.from_base64url.sql
\ir ../functions/comply_private.signed_claims.sql
\ir ../functions/comply.current_tenant.sql
\ir ../functions/comply.current_actor.sql
\ir ../functions/comply.current_correlation_id.sql
\ir ../functions/comply.require_tenant.sql
\ir ../functions/comply_private.log_line.sql
\ir ../functions/comply_private.refuse.sql
\ir ../functions/comply_private.set_context.sql
\ir ../functions/comply.enter.sql
\ir ../functions/comply.enter_signed.sql
\ir ../functions/comply.issue_token.sql
\ir ../functions/comply.rotate_context_key.sql
\ir ../functions/comply.retire_context_key.sql
\ir ../functions/comply.set_profile.sql
\ir ../functions/comply_private.policy_source.sql
\ir ../policies/comply_private.context_settings.sql
\ir ../policies/comply_private.context_keys.sql

-- The taxonomy, the tenants
\ir 0004__taxonomy.sql
\ir 0005__tenant_configs.sql
\ir ../functions/comply.add_tenant.sql

-- The audit trail
\ir ../functions/comply_private.evidence_tables.sql
\ir 0006__audit_trail.sql
\ir ../functions/comply_private.partition_range.sql
\ir ../functions/comply_private.guard_partition.sql
\ir ../functions/comply_private.guard_partitions.sql
\ir ../functions/comply_private.audit_id_head.sql
\ir ../functions/comply_private.audit_id_tail.sql
\ir ../functions/comply_private.names_only.sql
\ir ../functions/comply_private.audit_function_source.sql
\ir ../functions/comply_private.tg__audit_truncate.sql
\ir ../functions/comply_private.tg__set_updated_at.sql
\ir ../functions/comply_private.tg__check_tenant.sql
\ir ../functions/comply.audited_table.sql
\ir ../functions/comply.record_history.sql
\ir ../functions/comply.record_as_of.sql
\ir ../functions/comply.trace.sql

-- Records, executions, metrics
\ir 0007__storage_records.sql
\ir 0008__detector_executions.sql
\ir 0009__model_metrics.sql
\ir ../functions/comply_private.tg_tenant_configs__check_names.sql
\ir ../functions/comply_private.tg_tenant_configs__refuse_orphans.sql
\ir ../functions/comply_private.tg_tenant_configs__audit.sql
\ir ../functions/comply_private.read_policy_source.sql
\ir ../functions/comply_private.read_hooks.sql
\ir ../functions/comply_private.log_reads.sql
\ir ../functions/comply_private.tg_tenant_configs__log_reads.sql
\ir ../functions/comply_private.tg_storage_records__check_names.sql
\ir ../functions/comply_private.tg_storage_records__audit.sql
\ir ../functions/comply_private.tg_detector_executions__audit.sql
\ir ../functions/comply_private.tg_model_metrics__audit.sql

-- Triggers, then policies: what guards the tables
\ir ../triggers/comply.tenant_configs.sql
\ir ../triggers/comply.storage_records.sql
\ir ../triggers/comply.detector_executions.sql
\ir ../triggers/comply.model_metrics.sql
\ir ../policies/comply.taxonomy_versions.sql
\ir ../policies/comply.taxonomy_labels.sql
\ir ../policies/comply.detectors.sql
\ir ../policies/comply.detector_mappings.sql
\ir ../policies/comply.tenant_configs.sql
\ir ../policies/comply.audit_trail.sql
\ir ../policies/comply.model_metrics.sql

-- Partitions and upkeep
\ir 0010__maintenance_runs.sql
\ir ../policies/comply_private.maintenance_runs.sql
\ir ../functions/comply_private.make_partition.sql
\ir ../functions/comply.ensure_partitions.sql
\ir ../functions/comply.ensure_past_partitions.sql
\ir 0011__first_partitions.sql

-- Loads of whole files
\ir 0012__load_rejects.sql
\ir ../functions/comply_private.tg_load_rejects__audit.sql
\ir ../triggers/comply.load_rejects.sql
\ir ../policies/comply.load_rejects.sql
\ir ../policies/comply_private.load_turns.sql
\ir ../functions/comply.check_load.sql
\ir ../functions/comply.open_load.sql
\ir ../functions/comply.take_load_turn.sql
\ir ../functions/comply.load_lines.sql

-- The ledger
\ir 0013__ledger.sql
\ir ../functions/comply_private.audit_trail_leaf.sql
\ir ../functions/comply_private.block_leaf.sql
\ir ../functions/comply_private.head_leaf.sql
\ir ../functions/comply_private.checkpoint_digest.sql
\ir ../functions/comply_private.merkle_root.sql
\ir ../functions/comply_private.merkle_path.sql
\ir ../functions/comply_private.new_nodes.sql
\ir ../functions/comply_private.grown_peaks.sql
\ir ../functions/comply_private.peaks_root.sql
\ir ../functions/comply_private.tree_peaks.sql
\ir ../functions/comply_private.ledger_heads_at.sql
\ir ../functions/comply_private.ledger_fingerprint.sql
\ir ../functions/comply_private.ledger_streams.sql
\ir ../functions/comply_private.seal_block.sql
\ir ../functions/comply_private.tenants_to_seal.sql
\ir ../functions/comply_private.chunks_to_seal.sql
\ir ../functions/comply_private.seal_stream.sql
\ir ../functions/comply.seal_batch.sql
\ir ../functions/comply.seal_audit.sql
\ir ../functions/comply_private.sealed_to.sql
\ir ../functions/comply_private.month_evidence.sql
\ir ../functions/comply_private.lawful_gaps.sql
\ir ../functions/comply_private.stream_months.sql
\ir ../functions/comply_private.is_block_whole.sql
\ir ../functions/comply_private.damaged_indexes.sql
\ir ../functions/comply_private.unmatched_leaves.sql
\ir ../functions/comply_private.uncovered_months.sql
\ir ../functions/comply_private.explain_damage.sql
\ir ../functions/comply_private.verify_rows.sql
\ir ../functions/comply_private.verify_future.sql
\ir ../functions/comply_private.verify_chain.sql
\ir ../functions/comply_private.verify_checkpoints.sql
\ir ../functions/comply_private.verify_capture.sql
\ir ../functions/comply.verify_audit.sql
\ir ../functions/comply.verify_records.sql
\ir ../functions/comply.begin_incarnation.sql
\ir ../functions/comply_private.drop_sealed_month.sql
\ir ../functions/comply_private.tg_destruction_certificates__audit.sql
\ir ../triggers/comply.ledger_blocks.sql
\ir ../triggers/comply.ledger_checkpoints.sql
\ir ../triggers/comply.destruction_certificates.sql
\ir ../policies/comply.ledger_blocks.sql
\ir ../policies/comply.ledger_checkpoints.sql
\ir ../policies/comply.destruction_certificates.sql
\ir ../policies/comply_private.ledger_leaves.sql
\ir ../policies/comply_private.ledger_nodes.sql
\ir ../policies/comply_private.ledger_heads.sql
\ir ../policies/comply_private.ledger_state.sql

-- Who read, and who was refused; and what reads with the owner's rights, which has to say so itself
\ir 0014__access_log.sql
\ir ../functions/comply_private.access_log_leaf.sql
\ir ../functions/comply_private.without_literals.sql
\ir ../functions/comply_private.query_id.sql
\ir ../functions/comply_private.write_access.sql
\ir ../functions/comply_private.note_read.sql
\ir ../functions/comply_private.note_staff_read.sql
\ir ../functions/comply_private.write_event.sql
\ir ../triggers/comply.access_log.sql
\ir ../triggers/comply.security_events.sql
\ir ../policies/comply.access_log.sql
\ir ../policies/comply.security_events.sql
\ir ../functions/comply.try_enter.sql
\ir ../functions/comply.try_enter_signed.sql
\ir ../functions/comply.report_denial.sql
\ir ../functions/comply.set_unwritable_reads.sql
\ir ../functions/comply.search_records.sql
\ir ../functions/comply.recorded_hashes.sql
\ir ../functions/comply.tenant_overview.sql
\ir ../functions/comply.access_report.sql

-- Checkpoints and proofs
\ir 0015__ledger_proofs.sql
\ir ../functions/comply.checkpoint.sql
\ir ../functions/comply_private.base64.sql
\ir ../functions/comply_private.utc_text.sql
\ir ../functions/comply_private.tree_path.sql
\ir ../functions/comply_private.head_proof.sql
\ir ../functions/comply_private.find_checkpoint.sql
\ir ../functions/comply_private.checkpoint_document.sql
\ir ../functions/comply_private.block_document.sql
\ir ../functions/comply_private.audit_trail_document.sql
\ir ../functions/comply.prove_row.sql
\ir ../functions/comply.audit_proof.sql
\ir ../functions/comply.prove_history.sql
\ir ../functions/comply.consistency_proof.sql
\ir ../policies/comply_private.ledger_newest_heads.sql

-- What is asked of the trail
\ir ../functions/comply.changed_columns.sql
\ir ../functions/comply_private.change_key.sql
\ir 0016__audit_search.sql
\ir ../functions/comply.audit_periods.sql
\ir ../functions/comply.audit_search.sql
\ir ../functions/comply_private.tg__admin_event.sql
\ir ../triggers/comply_private.admin_events.sql
\ir ../triggers/comply_private.context_keys.sql
\ir ../triggers/comply_private.context_settings.sql
\ir ../policies/comply_private.admin_events.sql
\ir ../functions/comply.admin_events.sql
\ir ../functions/comply.privileged_activity.sql

-- Whose traffic a row is from, and so the policies that grant those columns
\ir 0017__subjects.sql
\ir ../policies/comply.storage_records.sql
\ir ../policies/comply.detector_executions.sql

-- Archives, and what comes back from them
\ir 0018__archives.sql
\ir ../functions/comply_private.archived_columns.sql
\ir ../functions/comply_private.content_of.sql
\ir ../functions/comply_private.archived_table.sql
\ir ../functions/comply_private.check_span.sql
\ir ../functions/comply_private.schema_fingerprint.sql
\ir ../functions/comply_private.archived_key_ids.sql
\ir ../functions/comply.open_archive.sql
\ir ../functions/comply.archive_slices.sql
\ir ../functions/comply.archives_due.sql
\ir ../functions/comply_private.stage_definition.sql
\ir ../functions/comply.record_archive.sql
\ir ../functions/comply_private.known_archive.sql
\ir ../functions/comply_private.make_stage.sql
\ir ../functions/comply.stage_archive.sql
\ir ../functions/comply_private.chunks_hash.sql
\ir ../functions/comply_private.check_azure_storage.sql
\ir ../functions/comply_private.load_stage.sql
\ir ../functions/comply_private.check_stage.sql
\ir ../functions/comply_private.read_back.sql
\ir ../functions/comply.verify_archive.sql
\ir ../functions/comply.archive_to_table.sql
\ir ../functions/comply.archive_to_azure_storage.sql
\ir ../functions/comply_private.known_restore.sql
\ir ../functions/comply_private.restored_partition.sql
\ir ../functions/comply_private.erase_restored.sql
\ir ../functions/comply_private.replay_erasures.sql
\ir ../functions/comply.restore_archive.sql
\ir ../functions/comply.fail_restore.sql
\ir ../functions/comply.drop_restored.sql
\ir ../functions/comply.attach_restored.sql
\ir ../functions/comply.purge_archive.sql
\ir ../functions/comply_private.tg_archives__audit.sql
\ir ../functions/comply_private.tg_restores__audit.sql
\ir ../triggers/comply.archives.sql
\ir ../triggers/comply.restores.sql
\ir ../policies/comply.archives.sql
\ir ../policies/comply.restores.sql
\ir ../policies/comply_private.archived_rows.sql
\ir ../policies/comply_private.restored_rows.sql
\ir ../functions/comply.restored_rows.sql

-- What may not be destroyed, and what has to be
\ir 0019__retention.sql
\ir ../policies/comply_private.destruction_permits.sql
\ir ../functions/comply_private.permit_destruction.sql
\ir ../functions/comply_private.end_destruction.sql
\ir ../functions/comply_private.held.sql
\ir ../functions/comply_private.lock_holds.sql
\ir ../functions/comply.place_hold.sql
\ir ../functions/comply.release_hold.sql
\ir ../functions/comply_private.tg_legal_holds__audit.sql
\ir ../triggers/comply.legal_holds.sql
\ir ../policies/comply.legal_holds.sql

-- Keys that encrypt fields
\ir ../functions/comply.is_envelope.sql
\ir 0020__data_keys.sql
\ir ../functions/comply_private.envelope_key_ids.sql
\ir ../functions/comply_private.subject_digest.sql
\ir ../functions/comply_private.shred_keys.sql
\ir ../triggers/comply_private.data_keys.sql
\ir ../policies/comply_private.data_keys.sql
\ir ../policies/comply_private.session_secrets.sql
\ir ../policies/comply_private.reseals.sql
\ir ../policies/comply.encrypted_columns.sql
\ir ../policies/comply.blind_indexes.sql
\ir ../functions/comply_private.pgcrypto_schema.sql
\ir ../functions/comply_private.session_key.sql
\ir ../functions/comply_private.field_aad.sql
\ir ../functions/comply_private.key_tenant.sql
\ir ../functions/comply.open_keys.sql
\ir ../functions/comply.seal_field.sql
\ir ../functions/comply.open_field.sql
\ir ../functions/comply.wrapped_keys.sql
\ir ../functions/comply.add_data_key.sql
\ir ../functions/comply.rewrap_data_key.sql
\ir ../functions/comply.keys_to_rewrap.sql
\ir ../functions/comply.key_inventory.sql
\ir ../functions/comply.encrypt_column.sql
\ir ../functions/comply.index_column.sql
\ir ../functions/comply.blind_index.sql
\ir ../functions/comply.blind_index_risk.sql
\ir ../functions/comply.reseal_batch.sql

-- What was erased, and what is to be
\ir 0021__erasures.sql
\ir ../functions/comply_private.is_erased.sql
\ir ../functions/comply_private.is_settled.sql
\ir ../functions/comply_private.effective_at.sql
\ir ../functions/comply_private.require_scope.sql
\ir ../functions/comply_private.image_commitment.sql
\ir ../functions/comply_private.may_redact.sql
\ir ../functions/comply_private.tg_audit_trail__note_redaction.sql
\ir ../functions/comply_private.tg_erasures__audit.sql
\ir ../triggers/comply.audit_trail.sql
\ir ../triggers/comply.erasures.sql
\ir ../triggers/comply_private.lifecycle_settings.sql
\ir ../triggers/comply_private.subject_columns.sql
\ir ../policies/comply.erasures.sql
\ir ../policies/comply_private.deferred_subjects.sql
\ir ../policies/comply_private.redaction_progress.sql
\ir ../policies/comply_private.redaction_permits.sql
\ir ../policies/comply_private.subject_columns.sql
\ir ../policies/comply_private.lifecycle_settings.sql
\ir ../functions/comply.add_subject_column.sql
\ir ../functions/comply.set_copy_lifetimes.sql
\ir ../functions/comply_private.mentions_subject.sql
\ir ../functions/comply_private.names_subject.sql
\ir ../functions/comply_private.subject_places.sql
\ir ../functions/comply_private.subject_hold.sql
\ir ../functions/comply_private.sum_of_counts.sql
\ir ../functions/comply_private.destroy_subject.sql
\ir ../functions/comply_private.redact_subject.sql
\ir ../functions/comply_private.request_erasure.sql
\ir ../functions/comply_private.carry_out_erasure.sql
\ir ../functions/comply_private.carry_out_tenant.sql
\ir ../functions/comply.erase_subject.sql
\ir ../functions/comply.erase_tenant.sql
\ir ../functions/comply_private.kept_images.sql
\ir ../functions/comply_private.redact_tenant_batch.sql
\ir ../functions/comply_private.finish_tenant.sql
\ir ../functions/comply_private.late_subjects.sql
\ir ../functions/comply.redact_batch.sql
\ir ../functions/comply.redact_erased.sql
\ir ../functions/comply.erased_subjects.sql
\ir ../functions/comply.report_key_destroyed.sql
\ir ../functions/comply.erasure_report.sql

-- What an operator asks
\ir ../functions/comply_private.security_floor.sql
\ir ../functions/comply.health.sql
