-- Neither DateStyle nor the time zone nor a locale has a say in it.
create or replace function comply_private.utc_text(at timestamptz)
returns text
language sql
stable
parallel safe
return to_char(utc_text.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

comment on function comply_private.utc_text(timestamptz) is
  'Return a time as proofs have it: 2026-11-23T14:00:00.000000Z.';

revoke execute on function comply_private.utc_text(timestamptz) from public;
