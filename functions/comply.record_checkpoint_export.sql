-- Writes the record, which callers cannot, so it has the owner's rights: nobody chooses who told. It is told, not
-- proven: the digest outside is the proof.
create or replace function comply.record_checkpoint_export(digest text, location text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if not exists (
    select
    from comply.ledger_checkpoints as c
    where encode(c.digest, 'hex') = lower(record_checkpoint_export.digest)
  ) then
    raise exception 'digest % is of no checkpoint', quote_nullable(record_checkpoint_export.digest)
      using errcode = 'PC607',
            hint    = 'Pass what comply.checkpoint() returned, once it was written outside.';
  end if;

  insert into comply.checkpoint_exports (digest, location)
  values (decode(record_checkpoint_export.digest, 'hex'), record_checkpoint_export.location)
  on conflict on constraint checkpoint_exports_pkey do nothing;

  return found;
end;
$$;

comment on function comply.record_checkpoint_export(text, text) is
  'Tell that the digest of a checkpoint was written outside, and where; true if this call told it first. Idempotent. '
  'Raises PC607.';

revoke execute on function comply.record_checkpoint_export(text, text) from public;
grant  execute on function comply.record_checkpoint_export(text, text) to comply_admin, comply_operator;
