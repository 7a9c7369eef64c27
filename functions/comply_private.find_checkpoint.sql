create or replace function comply_private.find_checkpoint(digest text)
returns comply.ledger_checkpoints
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_checkpoint comply.ledger_checkpoints;
begin
  if find_checkpoint.digest is null then
    select c.*
    into v_checkpoint
    from comply.ledger_checkpoints as c
    order by c.seq desc
    limit 1;

    if not found then
      raise exception 'the ledger has no checkpoint yet'
        using errcode = 'PC207',
              hint    = 'An administrator or operator calls comply.seal_audit(), then comply.checkpoint().';
    end if;

    return v_checkpoint;
  end if;

  if find_checkpoint.digest ~ '^[0-9a-fA-F]{64}$' then
    select c.*
    into v_checkpoint
    from comply.ledger_checkpoints as c
    where c.digest = decode(find_checkpoint.digest, 'hex');
  end if;

  if v_checkpoint.seq is null then
    raise exception 'no checkpoint of this database has the digest %', find_checkpoint.digest
      using errcode = 'PC209',
            hint    = 'Check the 64 hex digits. If the digest was made here, the database was rolled back or '
                      'rewritten since: see docs/ledger.md.';
  end if;

  return v_checkpoint;
end;
$$;

comment on function comply_private.find_checkpoint(text) is
  'Return the checkpoint with a digest, or the newest for null. Raises PC207, PC209.';

revoke execute on function comply_private.find_checkpoint(text) from public;
