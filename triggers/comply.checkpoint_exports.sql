-- Every trigger of comply.checkpoint_exports. It stops mistakes by anyone, superusers included; an owner who means it
-- can disable it, which comply.check_evidence_append_only() finds.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.checkpoint_exports
  for each statement
  execute function comply_private.tg__refuse(
    'comply.checkpoint_exports', 'What left the database has left it: tell of the next digest.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply.checkpoint_exports enable always trigger _100_refuse_change;
