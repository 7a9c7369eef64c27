-- Undoes 0019, but only before any hold was placed: a hold is evidence, and evidence is not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.legal_holds no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.legal_holds;

  if v_rows > 0 then
    raise exception 'retention still has % row(s) of evidence', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: holds are kept for as long as the database is.';
  end if;
end;
$$;

drop table comply.legal_holds;
