-- Who may read reviews of decisions: a tenant its own, auditors and administrators all of them. Nobody writes:
-- comply.review_decision() does, with the owner's rights.

alter table comply.decision_reviews enable row level security;
alter table comply.decision_reviews force row level security;

drop policy if exists decision_reviews_tenant_reads on comply.decision_reviews;
create policy decision_reviews_tenant_reads
  on comply.decision_reviews
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists decision_reviews_tenant_floor on comply.decision_reviews;
create policy decision_reviews_tenant_floor
  on comply.decision_reviews
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists decision_reviews_admin_all on comply.decision_reviews;
create policy decision_reviews_admin_all
  on comply.decision_reviews
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists decision_reviews_owner_all on comply.decision_reviews;
create policy decision_reviews_owner_all
  on comply.decision_reviews
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists decision_reviews_auditor_reads on comply.decision_reviews;
create policy decision_reviews_auditor_reads
  on comply.decision_reviews
  for select
  to comply_auditor
  using (true);

revoke all on comply.decision_reviews
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.decision_reviews
  to comply_app, comply_reader, comply_auditor, comply_admin;
