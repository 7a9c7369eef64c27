-- A transaction gets its number here, which is how its work is found again. What is there before tells what
-- the unit drops or renames.
create or replace function comply_private.begin_unit(out xid xid8, out before text[])
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  xid := pg_current_xact_id();
  before := comply_private.object_names();
end;
$$;

comment on function comply_private.begin_unit() is
  'Begin a unit in the transaction at hand: return its number, and the names of the objects that are there.';

revoke execute on function comply_private.begin_unit() from public;
