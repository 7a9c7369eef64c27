-- Who may read who was refused: a tenant its own part, auditors and administrators all of it. Nobody writes:
-- functions do, with the owner's rights. The policies are the standard ones, as
-- comply_private.policy_source() writes them: policies first, grants last.

alter table comply.security_events enable row level security;
alter table comply.security_events force row level security;

drop policy if exists security_events_tenant_reads on comply.security_events;
create policy security_events_tenant_reads
  on comply.security_events
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists security_events_tenant_floor on comply.security_events;
create policy security_events_tenant_floor
  on comply.security_events
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists security_events_admin_all on comply.security_events;
create policy security_events_admin_all
  on comply.security_events
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists security_events_owner_all on comply.security_events;
create policy security_events_owner_all
  on comply.security_events
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists security_events_auditor_reads on comply.security_events;
create policy security_events_auditor_reads
  on comply.security_events
  for select
  to comply_auditor
  using (true);

revoke all on comply.security_events
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.security_events
  to comply_app, comply_reader, comply_auditor, comply_admin;
