-- Undoes 0002, but only an empty history: what was deployed is evidence, and evidence is not reverted.

alter table comply_private.schema_migration_events no force row level security;

do $$
declare
  v_events bigint;
begin
  select count(*)
  into v_events
  from comply_private.schema_migration_events;

  if v_events > 0 then
    raise exception 'comply_private.schema_migration_events still has % event(s)', v_events
      using errcode = 'PC503',
            hint    = 'Leave version 0002 in place: the history is kept for as long as the database is.';
  end if;
end;
$$;

drop table comply_private.schema_migration_events;
drop table comply_private.schema_migrations;
