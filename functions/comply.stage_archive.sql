-- Makes a table that callers may fill but not change, so it has the owner's rights. A temporary one: it is out of
-- everybody else's reach, and gone with the session, or with the transaction that is cut off.
create or replace function comply.stage_archive(tenant_id text, archive_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_archive comply.archives := comply_private.known_archive(stage_archive.tenant_id, stage_archive.archive_id);
begin
  perform comply_private.make_stage(v_archive);
  execute format('grant insert on pg_temp.comply_stage to %I',
                 coalesce(nullif(current_setting('role'), 'none'), session_user));

  return (
    select format('copy pg_temp.comply_stage (%s) from stdin',
                  string_agg(quote_ident(c.name), ', ' order by c.position))
    from unnest(v_archive.columns) with ordinality as c (name, position)
  );
end;
$$;

comment on function comply.stage_archive(text, uuid) is
  'Make an empty temporary table for the rows of an archive; return the COPY that fills it, without its options. '
  'Raises PC314.';

revoke execute on function comply.stage_archive(text, uuid) from public;
grant  execute on function comply.stage_archive(text, uuid) to comply_admin;
