-- By its hex digits, because there is no cast from bytea to uuid.
create or replace function comply_private.envelope_key_ids(envelope bytea)
returns uuid
language sql
immutable
parallel safe
return case
  when comply.is_envelope(envelope) then encode(substring(envelope from 3 for 16), 'hex')::uuid
end;

comment on function comply_private.envelope_key_ids(bytea) is
  'Return the id of the key that an envelope was sealed under, or null where it is none.';

revoke execute on function comply_private.envelope_key_ids(bytea) from public;
