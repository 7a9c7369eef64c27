-- Every trigger of comply.processing_activities: what is done to them leaves a row, also where it is done without
-- the functions that are meant for it.

create or replace trigger _500_admin_event
  after insert or delete
  on comply.processing_activities
  for each row
  execute function comply_private.tg__admin_event();

create or replace trigger _510_admin_event_of_update
  after update
  on comply.processing_activities
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__admin_event();

create or replace trigger _520_admin_event_of_truncate
  after truncate
  on comply.processing_activities
  for each statement
  execute function comply_private.tg__admin_event();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.processing_activities enable always trigger _500_admin_event;
alter table comply.processing_activities enable always trigger _510_admin_event_of_update;
alter table comply.processing_activities enable always trigger _520_admin_event_of_truncate;
