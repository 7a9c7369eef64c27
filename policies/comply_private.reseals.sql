-- How far rows have come to a new key. Nobody but the owner, whose functions read and write it.

alter table comply_private.reseals enable row level security;
alter table comply_private.reseals force row level security;

drop policy if exists reseals_owner_all on comply_private.reseals;
create policy reseals_owner_all
  on comply_private.reseals
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.reseals
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
