-- Every trigger of comply.ledger_blocks. It stops mistakes by anyone, superusers included; an owner who means it
-- can disable it, which comply.health() shows.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply.ledger_blocks
  for each statement
  execute function comply_private.tg__refuse(
    'comply.ledger_blocks', 'What is sealed stays sealed: the next pass of comply.seal_audit() adds to it.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply.ledger_blocks enable always trigger _100_refuse_change;
