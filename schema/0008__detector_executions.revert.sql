-- Undoes 0008, but only an empty table: executions are not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.detector_executions no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.detector_executions;

  if v_rows > 0 then
    raise exception 'comply.detector_executions still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop table comply.detector_executions;
