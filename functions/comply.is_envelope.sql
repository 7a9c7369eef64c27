-- The form alone: a constraint calls it for each row, as whoever writes, so all may execute it. PL/pgSQL and no
-- expression: that would be inlined, and planned, for each statement that writes a record. Strict, so that a record
-- without an envelope does not even call.
create or replace function comply.is_envelope(value bytea)
returns boolean
language plpgsql
immutable
parallel safe
strict
set search_path = pg_catalog, pg_temp
as $$
begin
  return octet_length(is_envelope.value) >= 82
    and octet_length(is_envelope.value) % 16 = 2
    and substring(is_envelope.value from 1 for 2) in ('\x0101'::bytea, '\x0102'::bytea);
end;
$$;

comment on function comply.is_envelope(bytea) is
  'Say whether a value has the form of an envelope, as comply.seal_field() makes them; null of null.';

revoke execute on function comply.is_envelope(bytea) from public;
grant  execute on function comply.is_envelope(bytea)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
