-- A procedure that commits can neither have the owner's rights nor set a path, so it names everything in full, does
-- nothing itself, and runs with its caller's rights. A step that cannot have its lock is tried by the next run.
create or replace procedure comply.enforce_retention(dry_run boolean default true)
language plpgsql
as $$
declare
  v_since timestamptz := pg_catalog.clock_timestamp();
  v_due   record;
  v_item  uuid;
  v_moved boolean;
begin
  if enforce_retention.dry_run is distinct from false then
    for v_due in
      select d.table_name, d.month, d.verdict, d.state, d.row_count, d.reason
      from comply.due_retention() as d
    loop
      raise notice '%: % % of %, % rows (%)', v_due.state, v_due.verdict,
        pg_catalog.to_char(v_due.month operator(pg_catalog.+) interval '12 hours', 'YYYY-MM'), v_due.table_name,
        v_due.row_count, v_due.reason;
    end loop;

    return;
  end if;

  perform comply.plan_retention();
  commit;

  loop
    v_item := comply.next_retention_item(v_since);
    commit;
    exit when v_item is null;

    loop
      begin
        v_moved := comply.advance_retention(v_item);
      exception
        when lock_not_available or deadlock_detected then
          v_moved := false;
      end;

      commit;
      exit when not v_moved;
    end loop;
  end loop;

  -- What was refused may be planned anew, as it is now.
  perform comply.plan_retention();
  commit;
end;
$$;

comment on procedure comply.enforce_retention(boolean) is
  'Raise a notice for each month of which something is to be destroyed; with dry_run => false, plan, and move every '
  'item on by what is due, each step a transaction of its own. Two runs at once share the work. Raises PC308.';

revoke execute on procedure comply.enforce_retention(boolean) from public;
grant  execute on procedure comply.enforce_retention(boolean) to comply_admin, comply_operator;
