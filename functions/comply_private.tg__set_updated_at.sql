create or replace function comply_private.tg__set_updated_at()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := comply.now();
  return new;
end;
$$;

comment on function comply_private.tg__set_updated_at() is 'Trigger: note when a row changed.';

revoke execute on function comply_private.tg__set_updated_at() from public;
