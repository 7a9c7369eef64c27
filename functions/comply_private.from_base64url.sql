-- Never raises: bytes outside printable ASCII come out as \ooo, and a length that no encoder makes as nothing.
create or replace function comply_private.from_base64url(encoded text)
returns text
language sql
immutable
parallel safe
return case
  when length(encoded) % 4 = 1 or encoded !~ '^[A-Za-z0-9_-]*$' then null
  else encode(decode(translate(encoded, '-_', '+/') || repeat('=', (4 - length(encoded) % 4) % 4), 'base64'),
              'escape')
end;

comment on function comply_private.from_base64url(text) is
  'Return the text that was written in base64url without padding, or null.';

revoke execute on function comply_private.from_base64url(text) from public;
