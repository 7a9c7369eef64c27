-- Every trigger of comply_private.data_keys: what is done to keys leaves a row, never with the key; a shredded one
-- stays as it is, and none is ever removed.

create or replace trigger _100_refuse_removal
  before delete or truncate
  on comply_private.data_keys
  for each statement
  execute function comply_private.tg__refuse(
    'comply_private.data_keys', 'A key is never removed: its row is the proof of what became of it.');

create or replace trigger _200_refuse_revival
  before update
  on comply_private.data_keys
  for each row
  when (
    old.state = 'shredded'
    or old.tenant_id is distinct from new.tenant_id
    or old.key_id is distinct from new.key_id
    or old.purpose is distinct from new.purpose
    or old.subject_digest is distinct from new.subject_digest
    or old.table_name is distinct from new.table_name
    or old.column_name is distinct from new.column_name
    or old.version is distinct from new.version
    or old.state = 'retiring' and new.state = 'active'
  )
  execute function comply_private.tg__refuse(
    'comply_private.data_keys', 'What a key is never changes, and no key comes back: add another one.');

create or replace trigger _500_admin_event
  after insert
  on comply_private.data_keys
  for each row
  execute function comply_private.tg__admin_event();

create or replace trigger _510_admin_event_of_update
  after update
  on comply_private.data_keys
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__admin_event();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply_private.data_keys enable always trigger _100_refuse_removal;
alter table comply_private.data_keys enable always trigger _200_refuse_revival;
alter table comply_private.data_keys enable always trigger _500_admin_event;
alter table comply_private.data_keys enable always trigger _510_admin_event_of_update;
