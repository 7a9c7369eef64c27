-- Every trigger of comply.tenant_configs, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_check_names
  after insert or update
  on comply.tenant_configs
  for each row
  execute function comply_private.tg_tenant_configs__check_names();

create or replace trigger _200_set_updated_at
  before update
  on comply.tenant_configs
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _300_refuse_rekey
  before update
  on comply.tenant_configs
  for each row
  when (
    old.tenant_id is distinct from new.tenant_id
    or old.id is distinct from new.id
  )
  execute function comply_private.tg__refuse(
    'comply.tenant_configs', 'What names a row never changes: delete it and insert another.');

create or replace trigger _400_refuse_orphans
  before delete
  on comply.tenant_configs
  for each row
  execute function comply_private.tg_tenant_configs__refuse_orphans();

create or replace trigger _500_audit_insert
  after insert
  on comply.tenant_configs
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_tenant_configs__audit();

create or replace trigger _510_audit_update
  after update
  on comply.tenant_configs
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_tenant_configs__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.tenant_configs
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_tenant_configs__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.tenant_configs
  for each statement
  execute function comply_private.tg__audit_truncate('tenant_configs');

create or replace trigger _600_log_reads
  after insert or update of audit_level or delete
  on comply.tenant_configs
  for each statement
  execute function comply_private.tg_tenant_configs__log_reads();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.tenant_configs enable always trigger _300_refuse_rekey;
alter table comply.tenant_configs enable always trigger _400_refuse_orphans;
alter table comply.tenant_configs enable always trigger _500_audit_insert;
alter table comply.tenant_configs enable always trigger _510_audit_update;
alter table comply.tenant_configs enable always trigger _520_audit_delete;
alter table comply.tenant_configs enable always trigger _530_audit_truncate;
alter table comply.tenant_configs enable always trigger _600_log_reads;
