-- Every trigger of comply.reports, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.reports
  for each statement
  execute function comply_private.tg__refuse(
    'comply.reports', 'What was handed out stays on record: make another report.');

create or replace trigger _500_audit_insert
  after insert
  on comply.reports
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_reports__audit();

create or replace trigger _510_audit_update
  after update
  on comply.reports
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_reports__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.reports
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_reports__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.reports
  for each statement
  execute function comply_private.tg__audit_truncate('reports');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.reports enable always trigger _100_refuse_change;
alter table comply.reports enable always trigger _500_audit_insert;
alter table comply.reports enable always trigger _510_audit_update;
alter table comply.reports enable always trigger _520_audit_delete;
alter table comply.reports enable always trigger _530_audit_truncate;
