-- Every trigger of comply.access_log. It stops mistakes by anyone, superusers included; an owner who means it
-- can disable it, which comply.health() shows. Partitions do not inherit the triggers of statements, so the
-- last line gives them this one.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.access_log
  for each statement
  execute function comply_private.tg__refuse(
    'comply.access_log', 'The log is append-only: what happened has happened.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply.access_log enable always trigger _100_refuse_change;

do $$
begin
  perform comply_private.guard_partitions('comply.access_log');
end;
$$;
