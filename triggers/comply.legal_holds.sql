-- Every trigger of comply.legal_holds, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_removal
  before delete or truncate
  on comply.legal_holds
  for each statement
  execute function comply_private.tg__refuse(
    'comply.legal_holds', 'End a hold with comply.release_hold(); its row stays.');

-- Named by what may change, so a column that is added later is final from its first day.
create or replace trigger _200_refuse_rewrite
  before update
  on comply.legal_holds
  for each row
  when (
    old.released_at is not null
    or to_jsonb(old) - array['released_by', 'released_at', 'release_reason', 'updated_at']
       is distinct from to_jsonb(new) - array['released_by', 'released_at', 'release_reason', 'updated_at']
  )
  execute function comply_private.tg__refuse(
    'comply.legal_holds', 'Only a release may change a hold, and only once: place another hold instead.');

create or replace trigger _500_audit_insert
  after insert
  on comply.legal_holds
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_legal_holds__audit();

create or replace trigger _510_audit_update
  after update
  on comply.legal_holds
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_legal_holds__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.legal_holds
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_legal_holds__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.legal_holds
  for each statement
  execute function comply_private.tg__audit_truncate('legal_holds');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.legal_holds enable always trigger _100_refuse_removal;
alter table comply.legal_holds enable always trigger _200_refuse_rewrite;
alter table comply.legal_holds enable always trigger _500_audit_insert;
alter table comply.legal_holds enable always trigger _510_audit_update;
alter table comply.legal_holds enable always trigger _520_audit_delete;
alter table comply.legal_holds enable always trigger _530_audit_truncate;
