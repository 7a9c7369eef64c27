-- The form alone: a constraint calls it for each row, as whoever writes, so all may execute it.
create or replace function comply.is_envelope(value bytea)
returns boolean
language sql
immutable
parallel safe
return
  octet_length(value) >= 82
  and octet_length(value) % 16 = 2
  and substring(value from 1 for 2) in ('\x0101'::bytea, '\x0102'::bytea);

comment on function comply.is_envelope(bytea) is
  'Say whether a value has the form of an envelope, as comply.seal_field() makes them; null of null.';

revoke execute on function comply.is_envelope(bytea) from public;
grant  execute on function comply.is_envelope(bytea)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
