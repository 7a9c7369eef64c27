-- Every trigger of comply_private.admin_events. An owner who means it can disable it.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply_private.admin_events
  for each statement
  execute function comply_private.tg__refuse(
    'comply_private.admin_events', 'What administrators did stays on record: undo it, which adds to it.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply_private.admin_events enable always trigger _100_refuse_change;
