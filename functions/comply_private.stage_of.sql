-- By its owner and its comment, neither of which anybody else can give a table.
create or replace function comply_private.stage_of(archive comply.archives)
returns regclass
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_stage regclass;
begin
  select c.oid
  into v_stage
  from pg_class as c
  where c.oid = to_regclass('pg_temp.comply_stage')
    and c.relowner = current_user::regrole
    and obj_description(c.oid, 'pg_class') = stage_of.archive.id::text;

  if not found then
    raise exception 'archive % was not read back', stage_of.archive.id
      using errcode = 'PC315',
            hint    = 'Fill the table of comply.stage_archive() in the same session first.';
  end if;

  return v_stage;
end;
$$;

comment on function comply_private.stage_of(comply.archives) is
  'Return the temporary table that has the rows of an archive. Raises PC315.';

revoke execute on function comply_private.stage_of(comply.archives) from public;
