-- Each part after its length, so that no two pairs give the same bytes. A digest of what can be guessed can be
-- guessed: it keeps a subject from being read, not from being looked up by whoever knows it.
create or replace function comply_private.subject_digest(tenant_id text, subject_id text)
returns bytea
language sql
immutable
parallel safe
strict
return sha256(
  int4send(octet_length(convert_to(tenant_id, 'UTF8'))) || convert_to(tenant_id, 'UTF8')
  || int4send(octet_length(convert_to(subject_id, 'UTF8'))) || convert_to(subject_id, 'UTF8'));

comment on function comply_private.subject_digest(text, text) is
  'Return what comply.erasures has of a subject: SHA-256 over tenant and subject, each after its length.';

revoke execute on function comply_private.subject_digest(text, text) from public;
