create or replace function comply_private.is_erased(tenant_id text, subject_id text default null)
returns boolean
language sql
stable
set row_security = on
return exists (
  select
  from comply.erasures as e
  where e.tenant_id = is_erased.tenant_id
    and e.state in ('shredded', 'done')
    and (
      e.scope = 'tenant'
      or e.subject_digest = comply_private.subject_digest(is_erased.tenant_id, is_erased.subject_id)
    )
);

comment on function comply_private.is_erased(text, text) is
  'Return whether a subject, or with none the tenant, was erased: its data must not come back. Not while a hold '
  'defers it.';

revoke execute on function comply_private.is_erased(text, text) from public;
