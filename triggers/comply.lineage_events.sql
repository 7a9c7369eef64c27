-- Every trigger of comply.lineage_events, in firing order: PostgreSQL sorts them by name, hence the numbers.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.lineage_events
  for each statement
  execute function comply_private.tg__refuse(
    'comply.lineage_events', 'Where data came from stays on record: add another statement.');

create or replace trigger _500_audit_insert
  after insert
  on comply.lineage_events
  referencing new table as new_rows
  for each statement
  execute function comply_private.tg_lineage_events__audit();

create or replace trigger _510_audit_update
  after update
  on comply.lineage_events
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_lineage_events__audit();

create or replace trigger _520_audit_delete
  after delete
  on comply.lineage_events
  referencing old table as old_rows
  for each statement
  execute function comply_private.tg_lineage_events__audit();

create or replace trigger _530_audit_truncate
  before truncate
  on comply.lineage_events
  for each statement
  execute function comply_private.tg__audit_truncate('lineage_events');

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.lineage_events enable always trigger _100_refuse_change;
alter table comply.lineage_events enable always trigger _500_audit_insert;
alter table comply.lineage_events enable always trigger _510_audit_update;
alter table comply.lineage_events enable always trigger _520_audit_delete;
alter table comply.lineage_events enable always trigger _530_audit_truncate;
