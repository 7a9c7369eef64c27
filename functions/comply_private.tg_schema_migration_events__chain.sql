-- Two writers at once would follow the same event; the unique prev_hash lets only one of them commit.
create or replace function comply_private.tg_schema_migration_events__chain()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  new.prev_hash := (
    select e.row_hash
    from comply_private.schema_migration_events as e
    order by e.seq desc
    limit 1
  );
  new.row_hash := comply_private.event_hash(new);
  return new;
end;
$$;

comment on function comply_private.tg_schema_migration_events__chain() is
  'Trigger: link the event to the one before it.';

revoke execute on function comply_private.tg_schema_migration_events__chain() from public;
