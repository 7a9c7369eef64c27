-- Each part after its length, so that no two pairs give the same bytes. A digest of what can be guessed can be
-- guessed: it keeps a subject from being read, not from being looked up by whoever knows it.
create or replace function comply_private.subject_digest(tenant_id text, subject_id text)
returns bytea
language sql
stable
parallel safe
return sha256(
  int8send(octet_length(convert_to(tenant_id, 'UTF8'))) || convert_to(tenant_id, 'UTF8')
  || int8send(octet_length(convert_to(subject_id, 'UTF8'))) || convert_to(subject_id, 'UTF8'));

comment on function comply_private.subject_digest(text, text) is
  'Return the 32 bytes that stand for a subject of a tenant where it must not be named: SHA-256 over both, each after '
  'its length.';

revoke execute on function comply_private.subject_digest(text, text) from public;
