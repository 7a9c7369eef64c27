-- Every trigger of comply.erasures, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_removal
  before delete or truncate
  on comply.erasures
  for each statement
  execute function comply_private.tg__refuse(
    'comply.erasures', 'What was erased stays on record, or a restore would bring it back.');

create or replace trigger _200_set_updated_at
  before update
  on comply.erasures
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

-- Named by what may change, so a column that is added later is final from its first day.
create or replace trigger _300_refuse_rewrite
  before update
  on comply.erasures
  for each row
  when (
    to_jsonb(old) - array[
      'state', 'matter', 'key_ids', 'rows_destroyed', 'images_redacted', 'executed_by', 'shredded_at', 'shredded_in',
      'sweep_from', 'backup_days', 'kek_destroyed_at', 'effective_at', 'done_at', 'updated_at']
      is distinct from to_jsonb(new) - array[
        'state', 'matter', 'key_ids', 'rows_destroyed', 'images_redacted', 'executed_by', 'shredded_at', 'shredded_in',
        'sweep_from', 'backup_days', 'kek_destroyed_at', 'effective_at', 'done_at', 'updated_at']
    or old.shredded_at <> coalesce(new.shredded_at, '-infinity')
  )
  execute function comply_private.tg__refuse(
    'comply.erasures', 'What was asked for and what was done stay as they are: an erasure only moves on.');

create or replace trigger _500_audit_insert
  after insert
  on comply.erasures
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_erasures__audit();

create or replace trigger _510_audit_update
  after update
  on comply.erasures
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_erasures__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.erasures
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_erasures__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.erasures
  for each statement
  execute function comply_private.tg__audit_truncate('erasures');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.erasures enable always trigger _100_refuse_removal;
alter table comply.erasures enable always trigger _300_refuse_rewrite;
alter table comply.erasures enable always trigger _500_audit_insert;
alter table comply.erasures enable always trigger _510_audit_update;
alter table comply.erasures enable always trigger _520_audit_delete;
alter table comply.erasures enable always trigger _530_audit_truncate;
