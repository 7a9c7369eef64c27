-- The newest checkpoint commits to every header, and through its history to every older digest; an older one is
-- folded again only where somebody brings its digest along.
create or replace function comply_private.verify_checkpoints(digest text default null)
returns table (problem text, detail text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_link  record;
  v_state comply_private.ledger_state;
  v_peaks bytea := ''::bytea;
  v_count bigint := 0;
begin
  for v_link in
    select c as checkpoint, lag(c) over (order by c.seq) as prev
    from comply.ledger_checkpoints as c
    order by c.seq
  loop
    if (v_link.checkpoint).seq <> v_count then
      problem := 'checkpoint_broken';
      detail := format('checkpoints %s to %s are gone', v_count, (v_link.checkpoint).seq - 1);
      return next;
      return;
    end if;

    if (v_link.checkpoint).digest <> comply_private.checkpoint_digest(v_link.checkpoint)
       or (v_link.checkpoint).history_root <> comply_private.peaks_root(v_peaks)
    then
      problem := 'checkpoint_broken';
      detail := format('checkpoint %s is not what its digest was made of', v_count);
      return next;
    end if;

    if (v_link.checkpoint).made_at < (v_link.prev).made_at
       or (v_link.checkpoint).pass_no < (v_link.prev).pass_no
    then
      problem := 'time_backwards';
      detail := format('checkpoint %s is older than the one before it', v_count);
      return next;
    end if;

    v_peaks := comply_private.grown_peaks(
      v_peaks, comply_private.new_nodes(v_peaks, v_count, (v_link.checkpoint).digest));
    v_count := v_count + 1;
  end loop;

  select s.*
  into v_state
  from comply_private.ledger_state as s;

  if (v_state.checkpoints, v_state.peaks) is distinct from (v_count, v_peaks) then
    problem := 'head_forked';
    detail := format('there were %s checkpoint(s), %s are left or they are others', v_state.checkpoints, v_count);
    return next;
  end if;

  -- What the sealer goes by is no evidence, but set back it would seal again, and its next checkpoint cover less.
  if v_state.pass_no < (select max(b.pass_no) from comply.ledger_blocks as b)
     or v_state.sealed_to < comply_private.sealed_to()
  then
    problem := 'head_forked';
    detail := format('the sealer is set back to pass %s and transaction %s', v_state.pass_no, v_state.sealed_to);
    return next;
  end if;

  -- Else comply.health() would find it sealed of late for as long.
  if v_state.sealed_at > clock_timestamp() + interval '1 day' then
    problem := 'time_backwards';
    detail := format('the sealer says that it ran at %s, which is still to come', v_state.sealed_at);
    return next;
  end if;

  if verify_checkpoints.digest is not null
     and not exists (
       select
       from comply.ledger_checkpoints as c
       where encode(c.digest, 'hex') = lower(verify_checkpoints.digest)
     )
  then
    problem := 'digest_missing';
    detail := format('no checkpoint has digest %s: the database is older than the digest, or its ledger was '
                     'written anew', verify_checkpoints.digest);
    return next;
  end if;

  return query
  select
    case
      when encode(c.digest, 'hex') = lower(verify_checkpoints.digest) then 'digest_mismatch'
      else 'checkpoint_broken'
    end,
    format('checkpoint %s covers %s head(s); the blocks give %s, or others', c.seq, c.heads, h.heads)
  from comply.ledger_checkpoints as c
  cross join lateral (
    select
      count(*) as heads,
      comply_private.merkle_root(coalesce(string_agg(a.leaf, '' order by a.head_no), '')) as root
    from comply_private.ledger_heads_at(c.pass_no) as a
  ) as h
  where (c.seq = v_count - 1 or encode(c.digest, 'hex') = lower(verify_checkpoints.digest))
    and (c.heads, c.heads_root) is distinct from (h.heads, h.root);
end;
$$;

comment on function comply_private.verify_checkpoints(text) is
  'Return one row a fault in the checkpoints, and where a digest from outside is not among them or not borne out.';

revoke execute on function comply_private.verify_checkpoints(text) from public;
