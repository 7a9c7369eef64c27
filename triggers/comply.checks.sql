-- Every trigger of comply.checks: whether a check is asked leaves a row, also where it is changed without the function
-- that is meant for it. Checks come and go by deployments, whose history has that; what they bore on is in each run, by
-- its hash.

create or replace trigger _510_admin_event_of_update
  after update
  on comply.checks
  for each row
  when (old.* is distinct from new.*)
  execute function comply_private.tg__admin_event();

create or replace trigger _520_admin_event_of_truncate
  after truncate
  on comply.checks
  for each statement
  execute function comply_private.tg__admin_event();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.checks enable always trigger _510_admin_event_of_update;
alter table comply.checks enable always trigger _520_admin_event_of_truncate;
