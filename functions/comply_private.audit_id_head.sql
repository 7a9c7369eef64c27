-- An audit id is a uuid of version 7: 48 bits of milliseconds, the microseconds in them, the ordinal of the
-- row in its statement, and random bits that the statement's rows share. So it sorts as things happened.
create or replace function comply_private.audit_id_head()
returns text
language sql
volatile
begin atomic
  select lpad(to_hex(t.us / 1000), 12, '0') || '7' || lpad(to_hex(t.us % 1000), 3, '0') || '8'
  from (select (date_part('epoch', clock_timestamp()) * 1000000)::bigint as us) as t;
end;

comment on function comply_private.audit_id_head() is 'Return the first 17 hex digits of the audit ids of now.';

revoke execute on function comply_private.audit_id_head() from public;
