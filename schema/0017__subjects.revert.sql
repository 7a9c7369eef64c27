-- Undoes 0017, but only while no row has what it adds. NO FORCE first: the owner then counts every row, whatever
-- the policies say by now.

alter table comply.storage_records no force row level security;
alter table comply.detector_executions no force row level security;

do $$
declare
  v_rows bigint;
begin
  select count(*)
  into v_rows
  from (
    select
    from comply.storage_records as r
    where r.subject_id is not null
       or r.confidential is not null
    union all
    select
    from comply.detector_executions as e
    where e.subject_id is not null
  ) as u;

  if v_rows > 0 then
    raise exception '% row(s) have a subject or a confidential part', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the columns hold is not kept elsewhere.';
  end if;
end;
$$;

alter table comply.storage_records force row level security;
alter table comply.detector_executions force row level security;

alter table comply.detector_executions drop column subject_id;
alter table comply.storage_records drop column subject_id, drop column confidential;
