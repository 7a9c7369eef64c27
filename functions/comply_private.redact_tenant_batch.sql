-- In the order of the trail's key, from where the last batch came to; returns how many rows it looked at, 0 at the end.
create or replace function comply_private.redact_tenant_batch(tenant_id text, erasure_id uuid, batch_rows integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_from   comply_private.redaction_progress;
  v_last   record;
  v_images bigint;
begin
  select p.*
  into strict v_from
  from comply_private.redaction_progress as p
  where p.tenant_id = redact_tenant_batch.tenant_id
    and p.erasure_id = redact_tenant_batch.erasure_id;

  select
    count(*)::integer as looked_at,
    max(b.transaction_id) as transaction_id,
    (array_agg(b.id order by b.transaction_id desc, b.id desc))[1] as id
  into v_last
  from (
    select a.transaction_id, a.id
    from comply.audit_trail as a
    where a.tenant_id = redact_tenant_batch.tenant_id
      and (a.transaction_id, a.id) > (v_from.transaction_id, v_from.id)
    order by a.transaction_id, a.id
    limit redact_tenant_batch.batch_rows
  ) as b;

  if v_last.looked_at = 0 then
    return 0;
  end if;

  insert into comply_private.redaction_permits (tenant_id, erasure_id)
  values (redact_tenant_batch.tenant_id, redact_tenant_batch.erasure_id);

  update comply.audit_trail as a
  set redacted_digest = comply_private.image_commitment(a.salt, a.old_values, a.new_values),
      salt = null,
      old_values = null,
      new_values = null
  where a.tenant_id = redact_tenant_batch.tenant_id
    and (a.transaction_id, a.id) > (v_from.transaction_id, v_from.id)
    and (a.transaction_id, a.id) <= (v_last.transaction_id, v_last.id)
    and a.redacted_digest is null
    and (a.old_values is not null or a.new_values is not null)
    and a.table_name <> all (comply_private.kept_images());
  get diagnostics v_images = row_count;

  delete from comply_private.redaction_permits as p
  where p.tenant_id = redact_tenant_batch.tenant_id
    and p.erasure_id = redact_tenant_batch.erasure_id
    and p.transaction_id = pg_current_xact_id();

  update comply_private.redaction_progress as p
  set transaction_id = v_last.transaction_id,
      id = v_last.id,
      images = p.images + v_images
  where p.tenant_id = redact_tenant_batch.tenant_id
    and p.erasure_id = redact_tenant_batch.erasure_id;

  return v_last.looked_at;
end;
$$;

comment on function comply_private.redact_tenant_batch(text, uuid, integer) is
  'Remove the images of the next rows of a tenant that is erased; return how many rows were looked at.';

revoke execute on function comply_private.redact_tenant_batch(text, uuid, integer) from public;
