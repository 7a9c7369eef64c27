-- Every trigger of comply.finding_exceptions, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _500_audit_insert
  after insert
  on comply.finding_exceptions
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_finding_exceptions__audit();

create or replace trigger _510_audit_update
  after update
  on comply.finding_exceptions
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_finding_exceptions__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.finding_exceptions
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_finding_exceptions__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.finding_exceptions
  for each statement
  execute function comply_private.tg__audit_truncate('finding_exceptions');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.finding_exceptions enable always trigger _500_audit_insert;
alter table comply.finding_exceptions enable always trigger _510_audit_update;
alter table comply.finding_exceptions enable always trigger _520_audit_delete;
alter table comply.finding_exceptions enable always trigger _530_audit_truncate;
