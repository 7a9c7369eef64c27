create or replace function comply_private.audit_id_tail()
returns text
language sql
volatile
parallel safe
return right(gen_random_uuid()::text, 8);

comment on function comply_private.audit_id_tail() is 'Return the last 8 hex digits of a statement''s audit ids.';

revoke execute on function comply_private.audit_id_tail() from public;
