-- Every trigger of comply.restores, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before delete or truncate
  on comply.restores
  for each statement
  execute function comply_private.tg__refuse(
    'comply.restores', 'What was brought back stays on record.');

create or replace trigger _110_refuse_edit
  before update
  on comply.restores
  for each row
  when (
    to_jsonb(old) - array['attached_by', 'attached_at', 'dropped_by', 'dropped_at', 'updated_at']
      is distinct from to_jsonb(new) - array['attached_by', 'attached_at', 'dropped_by', 'dropped_at', 'updated_at']
    or old.attached_at is not null
       and (new.attached_at, new.attached_by) is distinct from (old.attached_at, old.attached_by)
    or old.dropped_at is not null
       and (new.dropped_at, new.dropped_by) is distinct from (old.dropped_at, old.dropped_by)
  )
  execute function comply_private.tg__refuse(
    'comply.restores', 'What was brought back stays on record.');

create or replace trigger _200_set_updated_at
  before update
  on comply.restores
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _500_audit_insert
  after insert
  on comply.restores
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_restores__audit();

create or replace trigger _510_audit_update
  after update
  on comply.restores
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_restores__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.restores
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_restores__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.restores
  for each statement
  execute function comply_private.tg__audit_truncate('restores');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.restores enable always trigger _100_refuse_change;
alter table comply.restores enable always trigger _110_refuse_edit;
alter table comply.restores enable always trigger _500_audit_insert;
alter table comply.restores enable always trigger _510_audit_update;
alter table comply.restores enable always trigger _520_audit_delete;
alter table comply.restores enable always trigger _530_audit_truncate;
