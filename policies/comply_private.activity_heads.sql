-- How much of the ledger is counted. Nobody but the owner, whose functions count it.

alter table comply_private.activity_heads enable row level security;
alter table comply_private.activity_heads force row level security;

drop policy if exists activity_heads_owner_all on comply_private.activity_heads;
create policy activity_heads_owner_all
  on comply_private.activity_heads
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.activity_heads
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
