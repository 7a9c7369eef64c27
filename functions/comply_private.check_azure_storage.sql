-- By the names alone anybody who may create a schema could stand in for the extension, and would be called with the
-- owner's rights: so they have to belong to a superuser, as extensions do.
create or replace function comply_private.check_azure_storage()
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select count(*)
    from unnest(array[
      'azure_storage.blob_put(text, text, text, record, text, text, jsonb)',
      'azure_storage.blob_get(text, text, text, anyelement, text, text, jsonb)',
      'azure_storage.blob_get(text, text, text, text, text, jsonb)',
      'azure_storage.blob_list(text, text, text)']) as f (signature)
    join pg_proc as p on p.oid = to_regprocedure(f.signature)
    join pg_roles as r on r.oid = p.proowner and r.rolsuper
  ) < 4 then
    raise exception 'extension azure_storage is not installed'
      using errcode = 'PC313',
            hint    = 'Allow it in azure.extensions and shared_preload_libraries, and create it; or use another sink.';
  end if;
end;
$$;

comment on function comply_private.check_azure_storage() is
  'Refuse to go on where the extension azure_storage is not there. Raises PC313.';

revoke execute on function comply_private.check_azure_storage() from public;
