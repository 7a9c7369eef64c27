-- From both, so that neither can be set back alone; that the sealer's own is not ahead, the next pass finds.
create or replace function comply_private.sealed_to()
returns xid8
language sql
stable
set row_security = on
begin atomic
  select greatest(
    s.sealed_to,
    (
      select c.xid_to
      from comply.ledger_checkpoints as c
      where c.incarnation = s.incarnation
      order by c.seq desc
      limit 1
    ),
    '0')
  from (
    select max(t.incarnation) as incarnation, max(t.sealed_to) as sealed_to
    from comply_private.ledger_state as t
  ) as s;
end;

comment on function comply_private.sealed_to() is
  'Return the transaction before which, as the sealer or the last checkpoint says, every row is sealed.';

revoke execute on function comply_private.sealed_to() from public;
