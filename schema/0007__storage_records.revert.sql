-- Undoes 0007, but only an empty table: records are not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.storage_records no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.storage_records;

  if v_rows > 0 then
    raise exception 'comply.storage_records still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop table comply.storage_records;
