create or replace function comply_private.make_stage(archive comply.archives)
returns regclass
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('pg_temp.comply_stage') is not null then
    drop table pg_temp.comply_stage;
  end if;

  execute format('create temp table comply_stage (%s)',
                 comply_private.stage_definition(make_stage.archive.columns, make_stage.archive.column_types));
  execute format('comment on table pg_temp.comply_stage is %L', make_stage.archive.id);
  return to_regclass('pg_temp.comply_stage');
end;
$$;

comment on function comply_private.make_stage(comply.archives) is
  'Make an empty temporary table for the rows of an archive, instead of the one that was there.';

revoke execute on function comply_private.make_stage(comply.archives) from public;
