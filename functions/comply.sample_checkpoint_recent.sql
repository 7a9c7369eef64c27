-- Reads all of the ledger, which callers may not, so it has the owner's rights.
create or replace function comply.sample_checkpoint_recent(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select
    null::text,
    c.seq::text,
    c.made_at,
    jsonb_build_object(
      'digest', encode(c.digest, 'hex'),
      'incarnation', c.incarnation,
      'heads', c.heads,
      'locations', array(
        select e.location
        from comply.checkpoint_exports as e
        where e.digest = c.digest
        order by e.location
      ))
  from comply.ledger_checkpoints as c
  order by comply_private.sample_rank(c.seq::text, sample_checkpoint_recent.seed), c.seq
  limit sample_checkpoint_recent.sample_size;
end;
$$;

comment on function comply.sample_checkpoint_recent(integer, integer) is
  'Return checkpoints for an auditor to find outside, by their digests; the same seed draws the same.';

revoke execute on function comply.sample_checkpoint_recent(integer, integer) from public;
grant  execute on function comply.sample_checkpoint_recent(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
