-- Undoes 0018, but only while nothing was archived: what an archive is of may be nowhere else. NO FORCE first: the
-- owner then counts every row, whatever the policies say by now.

alter table comply.archives no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.archives as a;

  if v_rows > 0 then
    raise exception '% archive(s) are on record', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: the rows say where archives are, and what is in them.';
  end if;
end;
$$;

drop table comply_private.restored_rows;
drop table comply_private.archived_rows;
drop table comply.restores;
drop table comply.archives;
