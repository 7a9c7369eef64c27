-- Every trigger of comply.processing_activities, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _200_set_updated_at
  before update
  on comply.processing_activities
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _500_audit_insert
  after insert
  on comply.processing_activities
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_processing_activities__audit();

create or replace trigger _510_audit_update
  after update
  on comply.processing_activities
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_processing_activities__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.processing_activities
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_processing_activities__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.processing_activities
  for each statement
  execute function comply_private.tg__audit_truncate('processing_activities');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.processing_activities enable always trigger _500_audit_insert;
alter table comply.processing_activities enable always trigger _510_audit_update;
alter table comply.processing_activities enable always trigger _520_audit_delete;
alter table comply.processing_activities enable always trigger _530_audit_truncate;
