-- When upkeep last ran. Nobody but the owner, whose functions read and write it.

alter table comply_private.maintenance_runs enable row level security;
alter table comply_private.maintenance_runs force row level security;

drop policy if exists maintenance_runs_owner_all on comply_private.maintenance_runs;
create policy maintenance_runs_owner_all
  on comply_private.maintenance_runs
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.maintenance_runs
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
