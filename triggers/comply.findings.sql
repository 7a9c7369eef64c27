-- Every trigger of comply.findings, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.findings
  for each statement
  execute function comply_private.tg__refuse(
    'comply.findings',
    'What was found stays on record: run the checks again, or accept it for a time by comply.accept_finding().');

create or replace trigger _500_audit_insert
  after insert
  on comply.findings
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_findings__audit();

create or replace trigger _510_audit_update
  after update
  on comply.findings
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_findings__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.findings
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_findings__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.findings
  for each statement
  execute function comply_private.tg__audit_truncate('findings');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.findings enable always trigger _100_refuse_change;
alter table comply.findings enable always trigger _500_audit_insert;
alter table comply.findings enable always trigger _510_audit_update;
alter table comply.findings enable always trigger _520_audit_delete;
alter table comply.findings enable always trigger _530_audit_truncate;
