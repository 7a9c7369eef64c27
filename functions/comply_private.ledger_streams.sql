create or replace function comply_private.ledger_streams()
returns setof text
language sql
stable
begin atomic
  select s.name
  from unnest(array['audit_trail', 'access_log']) as s (name)
  where to_regclass('comply.' || s.name) is not null;
end;

comment on function comply_private.ledger_streams() is 'Return the tables that the ledger seals.';

revoke execute on function comply_private.ledger_streams() from public;
