-- Every trigger of comply.report_schedules, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _500_audit_insert
  after insert
  on comply.report_schedules
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_report_schedules__audit();

create or replace trigger _510_audit_update
  after update
  on comply.report_schedules
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_report_schedules__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.report_schedules
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_report_schedules__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.report_schedules
  for each statement
  execute function comply_private.tg__audit_truncate('report_schedules');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.report_schedules enable always trigger _500_audit_insert;
alter table comply.report_schedules enable always trigger _510_audit_update;
alter table comply.report_schedules enable always trigger _520_audit_delete;
alter table comply.report_schedules enable always trigger _530_audit_truncate;
