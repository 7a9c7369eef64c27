-- Every trigger of comply.decision_reviews, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.decision_reviews
  for each statement
  execute function comply_private.tg__refuse(
    'comply.decision_reviews', 'Who decided stays on record: add another review.');

create or replace trigger _500_audit_insert
  after insert
  on comply.decision_reviews
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_decision_reviews__audit();

create or replace trigger _510_audit_update
  after update
  on comply.decision_reviews
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_decision_reviews__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.decision_reviews
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_decision_reviews__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.decision_reviews
  for each statement
  execute function comply_private.tg__audit_truncate('decision_reviews');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.decision_reviews enable always trigger _100_refuse_change;
alter table comply.decision_reviews enable always trigger _500_audit_insert;
alter table comply.decision_reviews enable always trigger _510_audit_update;
alter table comply.decision_reviews enable always trigger _520_audit_delete;
alter table comply.decision_reviews enable always trigger _530_audit_truncate;
