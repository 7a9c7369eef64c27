-- comply.now() stands still in a transaction; what orders events inside one asks this.
create or replace function comply_private.clock()
returns timestamptz
language sql
volatile
parallel safe
return case
  when nullif(current_setting('comply.now', true), '') is null then clock_timestamp()
  when not pg_has_role(session_user, 'comply_owner', 'member') then clock_timestamp()
  else current_setting('comply.now', true)::timestamptz
end;

comment on function comply_private.clock() is
  'Return the time at this moment, or the time that a test has set.';

revoke execute on function comply_private.clock() from public;
