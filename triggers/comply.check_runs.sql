-- Every trigger of comply.check_runs, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.check_runs
  for each statement
  execute function comply_private.tg__refuse(
    'comply.check_runs', 'A run stays on record: run the checks again.');

create or replace trigger _500_audit_insert
  after insert
  on comply.check_runs
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_check_runs__audit();

create or replace trigger _510_audit_update
  after update
  on comply.check_runs
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_check_runs__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.check_runs
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_check_runs__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.check_runs
  for each statement
  execute function comply_private.tg__audit_truncate('check_runs');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.check_runs enable always trigger _100_refuse_change;
alter table comply.check_runs enable always trigger _500_audit_insert;
alter table comply.check_runs enable always trigger _510_audit_update;
alter table comply.check_runs enable always trigger _520_audit_delete;
alter table comply.check_runs enable always trigger _530_audit_truncate;
