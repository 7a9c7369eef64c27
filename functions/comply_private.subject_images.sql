-- Reads the tenant's trail once, from the beginning: rows that are long gone from their tables have left images there,
-- and an index on what they say would cost every insert. Joined and not asked row by row, which took four times as
-- long.
create or replace function comply_private.subject_images(tenant_id text, subject_id text)
returns setof comply.audit_trail
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select a.*
  from comply.audit_trail as a
  where a.tenant_id = subject_images.tenant_id
    and a.redacted_digest is null
    and exists (
      select
      from comply_private.subject_columns as c
      where c.table_name = a.table_name
        and subject_images.subject_id in (a.old_values ->> c.column_name, a.new_values ->> c.column_name)
    );

  return query
  select a.*
  from comply.audit_trail as a
  where a.tenant_id = subject_images.tenant_id
    and a.redacted_digest is null
    and a.table_name = 'load_rejects'
    and comply_private.names_subject(a, subject_images.subject_id);
end;
$$;

comment on function comply_private.subject_images(text, text) is
  'Return the rows of the trail whose images are of a subject.';

revoke execute on function comply_private.subject_images(text, text) from public;
