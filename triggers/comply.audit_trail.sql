-- Every trigger of comply.audit_trail. It stops mistakes by anyone, superusers included; an owner who means it
-- can disable it, which comply.health() shows. Partitions do not inherit the triggers of statements, so the last
-- line gives them this one.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.audit_trail
  for each statement
  execute function comply_private.tg__refuse(
    'comply.audit_trail', 'The trail is append-only: correct the row that it tells of, which adds to the trail.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply.audit_trail enable always trigger _100_refuse_change;

do $$
begin
  perform comply_private.guard_partitions('comply.audit_trail');
end;
$$;
