-- Undoes 0005, but only an empty table: with the tenants the meaning of all their rows would go.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.tenant_configs no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.tenant_configs;

  if v_rows > 0 then
    raise exception 'comply.tenant_configs still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place, or delete the tenants first.';
  end if;
end;
$$;

drop table comply.tenant_configs;
