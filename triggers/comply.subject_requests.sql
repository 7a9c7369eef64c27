-- Every trigger of comply.subject_requests, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_removal
  before delete or truncate
  on comply.subject_requests
  for each statement
  execute function comply_private.tg__refuse(
    'comply.subject_requests', 'End a request with comply.close_subject_request(); its row stays.');

-- Named by what may change, so a column that is added later is final from its first day.
create or replace trigger _200_refuse_rewrite
  before update
  on comply.subject_requests
  for each row
  when (
    old.state <> 'open'
    or to_jsonb(old) - array[
      'state', 'due_at', 'extension_reason', 'answer', 'erasure_id', 'closed_by', 'closed_at', 'updated_at']
    is distinct from to_jsonb(new) - array[
      'state', 'due_at', 'extension_reason', 'answer', 'erasure_id', 'closed_by', 'closed_at', 'updated_at']
  )
  execute function comply_private.tg__refuse(
    'comply.subject_requests', 'A closed request stays as it is; of an open one, who asked for what and when.');

create or replace trigger _300_set_updated_at
  before update
  on comply.subject_requests
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__set_updated_at();

create or replace trigger _500_audit_insert
  after insert
  on comply.subject_requests
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_subject_requests__audit();

create or replace trigger _510_audit_update
  after update
  on comply.subject_requests
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_subject_requests__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.subject_requests
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_subject_requests__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.subject_requests
  for each statement
  execute function comply_private.tg__audit_truncate('subject_requests');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.subject_requests enable always trigger _100_refuse_removal;
alter table comply.subject_requests enable always trigger _200_refuse_rewrite;
alter table comply.subject_requests enable always trigger _500_audit_insert;
alter table comply.subject_requests enable always trigger _510_audit_update;
alter table comply.subject_requests enable always trigger _520_audit_delete;
alter table comply.subject_requests enable always trigger _530_audit_truncate;
