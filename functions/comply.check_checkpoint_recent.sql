-- Reads all of the ledger, which callers may not, so it has the owner's rights. That a digest left, whoever
-- took it along tells: where nobody ever did, a person has to look outside. A database cannot see further.
create or replace function comply.check_checkpoint_recent()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_limit interval := (comply_private.check_limit('checkpoint_recent')).span;
begin
  return query
  select f.*
  from (select exists (select from comply.ledger_blocks) as is_sealed) as s
  left join (
    select k.*
    from comply.ledger_checkpoints as k
    order by k.seq desc
    limit 1
  ) as c on true
  left join (
    select k.*
    from comply.checkpoint_exports as k
    order by k.exported_at desc, k.digest
    limit 1
  ) as e on true
  cross join lateral comply_private.finding(
    'checkpoint_recent',
    case
      when c.seq is null or c.made_at <= comply.now() - v_limit then 'fail'
      when e.digest is null then 'manual'
      when e.exported_at <= comply.now() - v_limit then 'fail'
      else 'pass'
    end,
    'ledger',
    format('the newest checkpoint, and the newest digest that left, are younger than %s', v_limit),
    jsonb_strip_nulls(jsonb_build_object(
      'seq', c.seq,
      'made_at', c.made_at,
      'digest', encode(c.digest, 'hex'),
      'exported_at', e.exported_at,
      'exported_digest', encode(e.digest, 'hex'),
      'location', e.location))) as f
  where s.is_sealed
     or c.seq is not null;

  if not found then
    return next comply_private.finding(
      'checkpoint_recent', 'na', 'ledger', 'what is sealed is under a checkpoint that left', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_checkpoint_recent() is
  'Return whether the newest checkpoint of the ledger, and the newest digest outside, are young enough.';

revoke execute on function comply.check_checkpoint_recent() from public;
grant  execute on function comply.check_checkpoint_recent() to comply_auditor, comply_admin, comply_operator;
