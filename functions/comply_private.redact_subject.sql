-- A row that had no subject at first had the same contents; an image that is of somebody else stays.
create or replace function comply_private.redact_subject(
  tenant_id  text,
  subject_id text,
  erasure_id uuid,
  records    uuid[]
)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_records uuid[];
  v_images  bigint;
begin
  select array_agg(distinct a.record_id)
  into v_records
  from comply_private.subject_images(redact_subject.tenant_id, redact_subject.subject_id) as a;

  insert into comply_private.redaction_permits (tenant_id, erasure_id)
  values (redact_subject.tenant_id, redact_subject.erasure_id);

  update comply.audit_trail as a
  set redacted_digest = comply_private.image_commitment(a.salt, a.old_values, a.new_values),
      salt = null,
      old_values = null,
      new_values = null
  where a.tenant_id = redact_subject.tenant_id
    and a.record_id = any (coalesce(v_records, '{}') || redact_subject.records)
    and a.redacted_digest is null
    and (a.old_values is not null or a.new_values is not null)
    and (
      comply_private.names_subject(a, redact_subject.subject_id)
      or (
        a.table_name in (select c.table_name from comply_private.subject_columns as c)
        and not exists (
          select
          from comply_private.subject_columns as c
          where c.table_name = a.table_name
            and coalesce(a.old_values ->> c.column_name, a.new_values ->> c.column_name) is not null
        )
      )
    );
  get diagnostics v_images = row_count;

  delete from comply_private.redaction_permits as p
  where p.tenant_id = redact_subject.tenant_id
    and p.erasure_id = redact_subject.erasure_id
    and p.transaction_id = pg_current_xact_id();

  return v_images;
end;
$$;

comment on function comply_private.redact_subject(text, text, uuid, uuid[]) is
  'Remove from the trail the images that are of a subject, of records that are named or that name it; return how '
  'many rows lost theirs. Idempotent.';

revoke execute on function comply_private.redact_subject(text, text, uuid, uuid[]) from public;
