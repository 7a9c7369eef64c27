-- A hash, so that the same seed draws the same rows on every server and version, whatever was added meanwhile.
create or replace function comply_private.sample_rank(key text, seed integer)
returns bytea
language sql
immutable
parallel safe
return sha256(convert_to(seed || ':' || key, 'UTF8'));

comment on function comply_private.sample_rank(text, integer) is
  'Return where a key stands in the sample of a seed: a sample is the rows that stand first.';

revoke execute on function comply_private.sample_rank(text, integer) from public;
