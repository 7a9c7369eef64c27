-- HMAC-SHA256 from its two pads, so that no extension is needed.
create or replace function comply_private.hmac_hex(message text, inner_pad bytea, outer_pad bytea)
returns text
language sql
immutable
parallel safe
return encode(sha256(outer_pad || sha256(inner_pad || convert_to(message, 'UTF8'))), 'hex');

comment on function comply_private.hmac_hex(text, bytea, bytea) is
  'Return the HMAC-SHA256 of a text, 64 hex digits, by the pads of its key.';

revoke execute on function comply_private.hmac_hex(text, bytea, bytea) from public;
