create or replace function comply_private.checkpointed_to()
returns xid8
language sql
stable
set row_security = on
begin atomic
  select coalesce(
    (
      select c.xid_to
      from comply.ledger_checkpoints as c
      join comply_private.ledger_state as s on s.incarnation = c.incarnation
      order by c.seq desc
      limit 1
    ),
    '0');
end;

comment on function comply_private.checkpointed_to() is
  'Return the transaction before which, as the last checkpoint says, every row is sealed.';

revoke execute on function comply_private.checkpointed_to() from public;
