-- Every trigger of comply.destruction_certificates, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.destruction_certificates
  for each statement
  execute function comply_private.tg__refuse(
    'comply.destruction_certificates', 'What was destroyed stays on record: add another certificate.');

create or replace trigger _500_audit_insert
  after insert
  on comply.destruction_certificates
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_destruction_certificates__audit();

create or replace trigger _510_audit_update
  after update
  on comply.destruction_certificates
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_destruction_certificates__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.destruction_certificates
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_destruction_certificates__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.destruction_certificates
  for each statement
  execute function comply_private.tg__audit_truncate('destruction_certificates');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.destruction_certificates enable always trigger _100_refuse_change;
alter table comply.destruction_certificates enable always trigger _500_audit_insert;
alter table comply.destruction_certificates enable always trigger _510_audit_update;
alter table comply.destruction_certificates enable always trigger _520_audit_delete;
alter table comply.destruction_certificates enable always trigger _530_audit_truncate;
