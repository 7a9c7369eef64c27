-- What decides what the trail has: that a trigger was off for a moment between two seals shows in the
-- fingerprints, unless a deployment in that time explains it. A minute of slack, because a deployment notes the
-- time before it commits.
create or replace function comply_private.verify_capture()
returns table (problem text, detail text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  with pass as (
    select distinct b.pass_no, b.fingerprint, b.sealed_at, b.incarnation
    from comply.ledger_blocks as b
    -- What a restored database seals first of all is of its old life, and the catalog of its new one.
    where b.pass_no not in (
      select l.pass_no
      from comply.ledger_blocks as l
      where l.xid_to = '18446744073709551615'
    )
  ),
  step as (
    select
      p.fingerprint,
      p.sealed_at,
      p.incarnation,
      lag(p.fingerprint) over w as fingerprint_before,
      lag(p.sealed_at) over w as sealed_before,
      lag(p.incarnation) over w as incarnation_before
    from pass as p
    window w as (order by p.pass_no)
  )
  select
    'trigger_changed',
    format('triggers, functions, policies or grants changed between %s and %s, and no deployment says so',
           s.sealed_before, s.sealed_at)
  from step as s
  where s.fingerprint <> s.fingerprint_before
    and s.incarnation = s.incarnation_before
    and not exists (
      select
      from comply_private.schema_migration_events as e
      where e.event in ('apply', 'revert', 'prune', 'baseline')
        and e.finished_at between s.sealed_before - interval '1 minute' and s.sealed_at
    );

  return query
  select
    case h.name when 'triggers_enabled' then 'trigger_missing' else 'guard_missing' end,
    h.observed
  from comply.health() as h
  where h.name in ('triggers_enabled', 'partitions_guarded')
    and h.status = 'fail';
end;
$$;

comment on function comply_private.verify_capture() is
  'Return one row a moment in which what writes the trail was not as a deployment left it.';

revoke execute on function comply_private.verify_capture() from public;
