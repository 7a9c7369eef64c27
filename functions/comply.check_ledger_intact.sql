-- Reads every tenant's trail and the ledger, which callers cannot, so it has the owner's rights; it shows
-- counts and keys. Up to so many sealed rows, all are hashed, which takes 8 s a million. Beyond, checkpoints
-- are followed as a whole, and of headers and rows a part: blocks drawn anew each time that have so many rows
-- together, in 2 to 4 s however many there are. Only comply.verify_audit(), which takes as long as it has to,
-- says that all are whole. Triggers and times are for other checks.
create or replace function comply.check_ledger_intact()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit  bigint := (comply_private.check_limit('ledger_intact')).amount;
  v_rows   bigint;
  v_blocks bigint;
begin
  select coalesce(sum(h.leaves), 0), coalesce(sum(h.blocks), 0)
  into v_rows, v_blocks
  from comply_private.ledger_heads as h;

  if v_blocks = 0
     and not exists (select from comply.ledger_blocks)
     and not exists (select from comply.ledger_checkpoints)
  then
    return next comply_private.finding(
      'ledger_intact', 'na', 'ledger', 'what was sealed is as it was sealed', '{"subjects": 0}');
    return;
  end if;

  if v_rows <= v_limit then
    return query
    with damage as (
      select v.tenant, coalesce(v.stream, 'checkpoints') as stream, v.problem, count(*) as problems,
        (array_agg(coalesce(v.audit_id::text, v.block_no::text) order by v.audit_id, v.block_no))[1:20] as keys
      from comply.verify_audit() as v
      where v.problem not in ('time_backwards', 'trigger_changed', 'trigger_missing', 'guard_missing')
      group by v.tenant, coalesce(v.stream, 'checkpoints'), v.problem
    )
    select f.*
    from (
      select
        d.stream,
        d.tenant,
        'fail' as status,
        jsonb_build_object(
          'problems', jsonb_object_agg(d.problem, d.problems),
          'keys', jsonb_object_agg(d.problem, d.keys)) as observed
      from damage as d
      group by d.stream, d.tenant
      union all
      select 'ledger', null, 'pass', jsonb_build_object('rows', v_rows, 'blocks', v_blocks, 'rows_hashed', v_rows)
      where not exists (select from damage)
    ) as j
    cross join lateral comply_private.finding(
      'ledger_intact', j.status, j.stream, 'every row, header and checkpoint is as it was sealed', j.observed,
      j.tenant) as f
    order by j.tenant nulls first, j.stream;
    return;
  end if;

  return query
  with damage as (
    select null::text as tenant, 'checkpoints' as stream, c.problem, null::bigint as block_no, 0::bigint as leaves
    from comply_private.verify_checkpoints() as c
    where c.problem <> 'time_backwards'
  ),
  block as materialized (
    select b.tenant_id as tenant, b.stream, b.problem, b.block_no, b.leaf_count::bigint as leaves
    from comply_private.drawn_blocks(v_limit) as b
  ),
  looked_at as (
    select d.*
    from damage as d
    union all
    select b.*
    from block as b
  )
  select f.*
  from (
    select
      l.stream,
      l.tenant,
      'fail' as status,
      jsonb_build_object(
        'problems', jsonb_build_object(l.problem, count(*)),
        'keys', jsonb_build_object(l.problem, (array_agg(l.block_no order by l.block_no))[1:20])) as observed
    from looked_at as l
    where l.problem is not null
    group by l.stream, l.tenant, l.problem
    union all
    select
      'ledger',
      null,
      'pass',
      jsonb_build_object(
        'rows', v_rows, 'blocks', v_blocks, 'rows_hashed', coalesce(sum(l.leaves), 0), 'blocks_hashed', count(*))
    from looked_at as l
    having count(l.problem) = 0
  ) as j
  cross join lateral comply_private.finding(
    'ledger_intact', j.status, j.stream, 'checkpoints, and blocks drawn at random, are as they were sealed',
    j.observed, j.tenant) as f
  order by j.tenant nulls first, j.stream;
end;
$$;

comment on function comply.check_ledger_intact() is
  'Return whether checkpoints, headers and rows are as they were sealed, and each tenant and stream where '
  'they are not. Costs seconds: where more rows are sealed than its limit, it draws blocks.';

revoke execute on function comply.check_ledger_intact() from public;
grant  execute on function comply.check_ledger_intact() to comply_auditor, comply_admin, comply_operator;
