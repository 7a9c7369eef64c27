-- Every trigger of comply_private.schema_migration_events, in firing order. An owner who means it can disable
-- them; comply_private.verify_history() is what shows that.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply_private.schema_migration_events
  for each statement
  execute function comply_private.tg__refuse(
    'comply_private.schema_migration_events',
    'What was deployed stays on record: deploy again, which adds to it.');

-- Here and not in the functions that insert, so that no row gets in unchained.
create or replace trigger _200_chain
  before insert
  on comply_private.schema_migration_events
  for each row
  execute function comply_private.tg_schema_migration_events__chain();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply_private.schema_migration_events enable always trigger _100_refuse_change;
alter table comply_private.schema_migration_events enable always trigger _200_chain;
