-- Every trigger of comply_private.access_reviews. An owner who means it can disable it.

create or replace trigger _100_refuse_change
  before update or delete or truncate
  on comply_private.access_reviews
  for each statement
  execute function comply_private.tg__refuse(
    'comply_private.access_reviews', 'What was reviewed stays on record: review it again.');

-- ALWAYS, or session_replication_role = replica would pass it by. Said again after every replacement, which
-- resets it.
alter table comply_private.access_reviews enable always trigger _100_refuse_change;
