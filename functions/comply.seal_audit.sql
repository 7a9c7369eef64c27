-- A procedure that commits can neither have the owner's rights nor set a path, so it names everything in full,
-- does nothing itself, and runs with its caller's rights.
create or replace procedure comply.seal_audit(max_age interval default '0')
language plpgsql
as $$
declare
  v_sealed bigint;
begin
  loop
    v_sealed := comply.seal_batch(seal_audit.max_age, 100000);
    commit;
    exit when v_sealed operator(pg_catalog.<) 100000;
  end loop;
end;
$$;

comment on procedure comply.seal_audit(interval) is
  'Seal every audit row whose transaction can no longer change, in batches that are committed. Waits for nobody. A '
  'scheduler that calls it often passes a max_age, so that small blocks do not pile up. Raises PC203, PC204.';

revoke execute on procedure comply.seal_audit(interval) from public;
grant  execute on procedure comply.seal_audit(interval) to comply_admin, comply_operator;
