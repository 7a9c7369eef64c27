-- A wrapped key in a backup opens nothing once the key that wrapped it is gone from the vault, so the earlier of the
-- two ends counts. Days of 24 hours: what deletes backups counts so.
create or replace function comply_private.effective_at(
  shredded_at      timestamptz,
  backup_days      integer,
  kek_destroyed_at timestamptz default null,
  vault_purge_days integer     default null)
returns timestamptz
language sql
immutable
parallel safe
return greatest(
  effective_at.shredded_at,
  least(
    effective_at.shredded_at + effective_at.backup_days * interval '24 hours',
    effective_at.kek_destroyed_at + effective_at.vault_purge_days * interval '24 hours'));

comment on function comply_private.effective_at(timestamptz, integer, timestamptz, integer) is
  'Return from when on nobody can open what was shredded: not even with a backup, or not even with the vault.';

revoke execute on function comply_private.effective_at(timestamptz, integer, timestamptz, integer) from public;
