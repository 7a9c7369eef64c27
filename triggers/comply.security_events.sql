-- Every trigger of comply.security_events. It stops mistakes by anyone, superusers included; an owner who
-- means it can disable it, which comply.health() shows. Partitions do not inherit the triggers of statements,
-- so the last line gives them this one.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.security_events
  for each statement
  execute function comply_private.tg__refuse(
    'comply.security_events', 'Events are append-only: what happened has happened.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply.security_events enable always trigger _100_refuse_change;

do $$
begin
  perform comply_private.guard_partitions('comply.security_events');
end;
$$;
