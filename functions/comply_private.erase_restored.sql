-- What is erased is gone from what came back from archives as well: from records the rows, from the trail the images
-- of them, as comply.erase_subject() leaves them there. A column of no archive is no reason to fail.
create or replace function comply_private.erase_restored(
  tenant_id  text,
  subject_id text default null,
  restore_id uuid default null
)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set bytea_output = hex
as $$
declare
  v_rows bigint;
begin
  delete from comply_private.restored_rows as r
  where r.tenant_id = erase_restored.tenant_id
    and (erase_restored.restore_id is null or r.restore_id = erase_restored.restore_id)
    and (
      erase_restored.subject_id is null
      or exists (
        select
        from comply_private.subject_columns as c
        where c.table_name = r.table_name
          and r.content ->> c.column_name = erase_restored.subject_id
      )
    );

  get diagnostics v_rows = row_count;

  update comply_private.restored_rows as r
  set content = r.content || jsonb_build_object(
        'old_values', null,
        'new_values', null,
        'salt', null,
        'redacted_digest', coalesce(
          r.content ->> 'redacted_digest',
          -- The commitment of docs/ledger.md, so that the row is still the one that was sealed.
          sha256('\x05'::bytea || record_send(row(
            (r.content ->> 'salt')::uuid,
            convert_to(nullif(r.content -> 'old_values', 'null')::text, 'UTF8'),
            convert_to(nullif(r.content -> 'new_values', 'null')::text, 'UTF8'))))::text))
  where r.tenant_id = erase_restored.tenant_id
    and (erase_restored.restore_id is null or r.restore_id = erase_restored.restore_id)
    and r.table_name = 'audit_trail'
    and exists (
      select
      from comply_private.subject_columns as c
      where c.table_name = r.content ->> 'table_name'
        and erase_restored.subject_id in (
          r.content -> 'old_values' ->> c.column_name, r.content -> 'new_values' ->> c.column_name)
    );

  return v_rows;
end;
$$;

comment on function comply_private.erase_restored(text, text, uuid) is
  'Remove a subject, or with none the whole tenant, from what came back from archives, or from one restore; return how '
  'many rows are gone. Images of the trail lose their content. Idempotent.';

revoke execute on function comply_private.erase_restored(text, text, uuid) from public;
