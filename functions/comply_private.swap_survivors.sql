-- The month is locked against writers first, then compared: what the copy was made of is what is there, or nothing
-- happens. The table itself is locked last, for as long as the catalog takes. A try that cannot lock the table lets go
-- of the month as well, so that its writers are not kept waiting for somebody else's readers.
create or replace function comply_private.swap_survivors(item uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform comply_private.with_short_locks(format('select comply_private.swap_copy(%L)', swap_survivors.item));
  return true;
exception
  when sqlstate 'PC309' then
    return false;
end;
$$;

comment on function comply_private.swap_survivors(uuid) is
  'Put the copy of a month in its place; return false, and do nothing, where a row was changed since. Locks the month '
  'against writers, and the table for a moment.';

revoke execute on function comply_private.swap_survivors(uuid) from public;
