-- Undoes 0012, but only if no line was refused: what was refused is not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.load_rejects no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.load_rejects;

  if v_rows > 0 then
    raise exception 'comply.load_rejects still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop table comply.load_rejects;
drop table comply_private.load_turns;
