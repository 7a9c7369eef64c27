-- Every trigger of comply.storage_records, in firing order: PostgreSQL sorts them by name, hence the numbers.
-- Partitions do not inherit the triggers of statements, so the last line gives them these.

create or replace trigger _100_check_names_insert
  after insert
  on comply.storage_records
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__check_names();

create or replace trigger _110_check_names_update
  after update
  on comply.storage_records
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__check_names();

create or replace trigger _200_set_updated_at
  before update
  on comply.storage_records
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _300_refuse_rekey
  before update
  on comply.storage_records
  for each row
  when (
    old.tenant_id is distinct from new.tenant_id
    or old.id is distinct from new.id
    or old."timestamp" is distinct from new."timestamp"
  )
  execute function comply_private.tg__refuse(
    'comply.storage_records', 'What names a row never changes: delete it and insert another.');

create or replace trigger _500_audit_insert
  after insert
  on comply.storage_records
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__audit();

create or replace trigger _510_audit_update
  after update
  on comply.storage_records
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.storage_records
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_storage_records__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.storage_records
  for each statement
  execute function comply_private.tg__audit_truncate('storage_records');

create or replace trigger _600_count_insert
  after insert
  on comply.storage_records
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__count();

create or replace trigger _610_count_update
  after update
  on comply.storage_records
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_storage_records__count();

create or replace trigger _620_count_delete
  after delete
  on comply.storage_records
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_storage_records__count();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.storage_records enable always trigger _300_refuse_rekey;
alter table comply.storage_records enable always trigger _500_audit_insert;
alter table comply.storage_records enable always trigger _510_audit_update;
alter table comply.storage_records enable always trigger _520_audit_delete;
alter table comply.storage_records enable always trigger _530_audit_truncate;
alter table comply.storage_records enable always trigger _600_count_insert;
alter table comply.storage_records enable always trigger _610_count_update;
alter table comply.storage_records enable always trigger _620_count_delete;

do $$
begin
  perform comply_private.guard_partitions('comply.storage_records');
end;
$$;
