-- Without them nobody could tell what became of the others: verify_audit() and restores ask for what they say.
create or replace function comply_private.kept_images()
returns text[]
language sql
immutable
parallel safe
return array[
  'archives', 'audit_trail', 'destruction_certificates', 'erasures', 'legal_holds', 'restores', 'retention_policies',
  'retention_slices'];

comment on function comply_private.kept_images() is
  'Return the tables whose images stay in the trail when their tenant is erased: what tells of the destruction itself.';

revoke execute on function comply_private.kept_images() from public;
