-- Undoes 0006, but only an empty table: an audit trail is not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.audit_trail no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.audit_trail;

  if v_rows > 0 then
    raise exception 'comply.audit_trail still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop table comply.audit_trail;
