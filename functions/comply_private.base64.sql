-- encode() breaks the line every 76 characters.
create or replace function comply_private.base64(bytes bytea)
returns text
language sql
immutable
parallel safe
return translate(encode(base64.bytes, 'base64'), E'\n', '');

comment on function comply_private.base64(bytea) is 'Return bytes in base64, in one line.';

revoke execute on function comply_private.base64(bytea) from public;
