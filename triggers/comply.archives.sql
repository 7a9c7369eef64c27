-- Every trigger of comply.archives, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before delete or truncate
  on comply.archives
  for each statement
  execute function comply_private.tg__refuse(
    'comply.archives', 'What was archived stays on record: archive again.');

create or replace trigger _110_refuse_edit
  before update
  on comply.archives
  for each row
  when (
    to_jsonb(old) - array['verified_by', 'verified_at', 'purged_by', 'purged_at', 'updated_at']
      is distinct from to_jsonb(new) - array['verified_by', 'verified_at', 'purged_by', 'purged_at', 'updated_at']
    or old.verified_at is not null
       and (new.verified_at, new.verified_by) is distinct from (old.verified_at, old.verified_by)
    or old.purged_at is not null
       and (new.purged_at, new.purged_by) is distinct from (old.purged_at, old.purged_by)
  )
  execute function comply_private.tg__refuse(
    'comply.archives', 'What was archived stays on record: archive again.');

create or replace trigger _200_set_updated_at
  before update
  on comply.archives
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _500_audit_insert
  after insert
  on comply.archives
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_archives__audit();

create or replace trigger _510_audit_update
  after update
  on comply.archives
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_archives__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.archives
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_archives__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.archives
  for each statement
  execute function comply_private.tg__audit_truncate('archives');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.archives enable always trigger _100_refuse_change;
alter table comply.archives enable always trigger _110_refuse_edit;
alter table comply.archives enable always trigger _500_audit_insert;
alter table comply.archives enable always trigger _510_audit_update;
alter table comply.archives enable always trigger _520_audit_delete;
alter table comply.archives enable always trigger _530_audit_truncate;
