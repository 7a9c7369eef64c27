-- Every trigger of comply.detector_executions, in firing order: PostgreSQL sorts them by name, hence the numbers.
-- Partitions do not inherit the triggers of statements, so the last line gives them these.

create or replace trigger _100_check_tenant
  after insert
  on comply.detector_executions
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg__check_tenant('detector_executions');

create or replace trigger _200_set_updated_at
  before update
  on comply.detector_executions
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _300_refuse_rekey
  before update
  on comply.detector_executions
  for each row
  when (
    old.tenant_id is distinct from new.tenant_id
    or old.id is distinct from new.id
    or old."timestamp" is distinct from new."timestamp"
  )
  execute function comply_private.tg__refuse(
    'comply.detector_executions', 'What names a row never changes: delete it and insert another.');

create or replace trigger _500_audit_insert
  after insert
  on comply.detector_executions
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_detector_executions__audit();

create or replace trigger _510_audit_update
  after update
  on comply.detector_executions
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_detector_executions__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.detector_executions
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_detector_executions__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.detector_executions
  for each statement
  execute function comply_private.tg__audit_truncate('detector_executions');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.detector_executions enable always trigger _300_refuse_rekey;
alter table comply.detector_executions enable always trigger _500_audit_insert;
alter table comply.detector_executions enable always trigger _510_audit_update;
alter table comply.detector_executions enable always trigger _520_audit_delete;
alter table comply.detector_executions enable always trigger _530_audit_truncate;

do $$
begin
  perform comply_private.guard_partitions('comply.detector_executions');
end;
$$;
