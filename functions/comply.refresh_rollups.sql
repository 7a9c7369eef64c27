-- A procedure that commits can neither have the owner's rights nor set a path, so it names everything in full, does
-- nothing itself, and runs with its caller's rights.
create or replace procedure comply.refresh_rollups()
language plpgsql
as $$
declare
  v_more boolean;
begin
  loop
    v_more := comply.refresh_rollup_batch();
    commit;
    exit when not v_more;
  end loop;
end;
$$;

comment on procedure comply.refresh_rollups() is
  'Bring the rollups up to what is committed, in batches that are committed. Costs by what was changed. Waits for '
  'nobody; where another one works at it, leaves it to that. Idempotent.';

revoke execute on procedure comply.refresh_rollups() from public;
grant  execute on procedure comply.refresh_rollups() to comply_admin, comply_operator;
