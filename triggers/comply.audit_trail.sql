-- Every trigger of comply.audit_trail. It stops mistakes by anyone, superusers included; an owner who means it
-- can disable the first, which comply.health() shows. Images go under the permit of an erasure only; the
-- other sees to it that nothing else of the row then changes, nor its hash, and that another row tells of it.
-- Partitions do not inherit the triggers of statements, so the last line gives them these.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.audit_trail
  for each statement
  execute function comply_private.tg_audit_trail__refuse(
    'comply.audit_trail', 'The trail is append-only: correct the row that it tells of, which adds to the trail.');

create or replace trigger _500_note_redaction
  after update
  on comply.audit_trail
  referencing old table as old_rows new table as new_rows
  for each statement
  execute function comply_private.tg_audit_trail__note_redaction();

-- ALWAYS, or session_replication_role = replica would pass them by. Said again after every replacement, which
-- resets it.
alter table comply.audit_trail enable always trigger _100_refuse_change;
alter table comply.audit_trail enable always trigger _500_note_redaction;

do $$
begin
  perform comply_private.guard_partitions('comply.audit_trail');
end;
$$;
