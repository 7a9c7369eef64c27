-- Undoes 0009, but only an empty table: metrics are not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.model_metrics no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.model_metrics;

  if v_rows > 0 then
    raise exception 'comply.model_metrics still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop table comply.model_metrics;
