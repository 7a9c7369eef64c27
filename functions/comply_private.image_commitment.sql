-- What comply_private.audit_trail_leaf() hashes for salt and images, so that the leaf stays what it is without them.
create or replace function comply_private.image_commitment(salt uuid, old_values jsonb, new_values jsonb)
returns bytea
language sql
stable
parallel safe
return sha256('\x05'::bytea || record_send(row(
  image_commitment.salt,
  convert_to(image_commitment.old_values::text, 'UTF8'),
  convert_to(image_commitment.new_values::text, 'UTF8'))));

comment on function comply_private.image_commitment(uuid, jsonb, jsonb) is
  'Return what stands for the images of a row of the trail once they are removed.';

revoke execute on function comply_private.image_commitment(uuid, jsonb, jsonb) from public;
