-- Who may do what, as it was when somebody reviewed it. Nobody but the owner, whose functions read and write it.

alter table comply_private.access_reviews enable row level security;
alter table comply_private.access_reviews force row level security;

drop policy if exists access_reviews_owner_all on comply_private.access_reviews;
create policy access_reviews_owner_all
  on comply_private.access_reviews
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.access_reviews
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
