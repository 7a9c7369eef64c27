-- Undoes 0020, but only while there is no data key: what a key has sealed could never be opened again, and a
-- shredded one proves that nobody can. NO FORCE first: the owner then counts every row, whatever the policies say.

alter table comply_private.data_keys no force row level security;
alter table comply.storage_records no force row level security;

do $$
declare
  v_rows bigint;
begin
  select
    (select count(*) from comply_private.data_keys)
    + (select count(*) from comply.storage_records as r where r.confidential is not null)
  into v_rows;

  if v_rows > 0 then
    raise exception '% data key(s) or encrypted field(s) are left', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: without its keys nobody can open what was sealed.';
  end if;
end;
$$;

alter table comply.storage_records force row level security;

alter table comply.storage_records drop constraint storage_records_confidential_check;
drop table comply_private.reseals;
drop table comply.blind_indexes;
drop table comply.encrypted_columns;
drop table comply_private.session_secrets;
drop table comply_private.data_keys;
