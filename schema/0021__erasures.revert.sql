-- Undoes 0021, but only before anything was erased or is to be: what was erased must not come back by a restore.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.erasures no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from comply.erasures;

  if v_rows > 0 then
    raise exception 'there are % erasure(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: restores replay what was erased.';
  end if;
end;
$$;

drop table comply_private.redaction_permits;
drop table comply_private.redaction_progress;
drop table comply_private.deferred_subjects;
drop table comply_private.subject_columns;
drop table comply_private.lifecycle_settings;
drop table comply.erasures;
