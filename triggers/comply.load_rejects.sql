-- Every trigger of comply.load_rejects, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_check_tenant
  after insert
  on comply.load_rejects
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg__check_tenant('load_rejects');

create or replace trigger _200_set_updated_at
  before update
  on comply.load_rejects
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _300_refuse_rekey
  before update
  on comply.load_rejects
  for each row
  when (
    old.tenant_id is distinct from new.tenant_id
    or old.id is distinct from new.id
    or old.load_id is distinct from new.load_id
    or old.line_no is distinct from new.line_no
  )
  execute function comply_private.tg__refuse(
    'comply.load_rejects', 'What names a row never changes: delete it and insert another.');

create or replace trigger _500_audit_insert
  after insert
  on comply.load_rejects
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_load_rejects__audit();

create or replace trigger _510_audit_update
  after update
  on comply.load_rejects
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_load_rejects__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.load_rejects
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_load_rejects__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.load_rejects
  for each statement
  execute function comply_private.tg__audit_truncate('load_rejects');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.load_rejects enable always trigger _300_refuse_rekey;
alter table comply.load_rejects enable always trigger _500_audit_insert;
alter table comply.load_rejects enable always trigger _510_audit_update;
alter table comply.load_rejects enable always trigger _520_audit_delete;
alter table comply.load_rejects enable always trigger _530_audit_truncate;
