-- Reads every tenant's trail and the ledger, which callers cannot, so it has the owner's rights; it shows
-- counts and keys. Up to so many sealed rows, all are hashed. Beyond, checkpoints are followed as a whole, and
-- of headers and rows a part: blocks drawn anew each time that have so many rows together. Only
-- comply.verify_audit(), which takes as long as it has to, then says that all are whole; docs/compliance.md has
-- what both take. Triggers and times are for other checks.
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

  return query
  with looked_at as materialized (
    select
      v.tenant,
      coalesce(v.stream, 'checkpoints') as stream,
      v.problem,
      coalesce(v.audit_id::text, v.block_no::text) as key,
      0::bigint as leaves
    from comply.verify_audit() as v
    where v_rows <= v_limit
      and v.problem not in ('time_backwards', 'trigger_changed', 'trigger_missing', 'guard_missing')
    union all
    select null, 'checkpoints', c.problem, null, 0
    from comply_private.verify_checkpoints() as c
    where v_rows > v_limit
      and c.problem <> 'time_backwards'
    union all
    select b.tenant_id, b.stream, b.problem, b.block_no::text, b.leaf_count
    from comply_private.drawn_blocks(v_limit) as b
    where v_rows > v_limit
  ),
  damage as (
    select
      l.tenant,
      l.stream,
      l.problem,
      count(*) as problems,
      (array_agg(l.key order by l.key))[1:20] as keys
    from looked_at as l
    where l.problem is not null
    group by l.tenant, l.stream, l.problem
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
    select
      'ledger',
      null,
      'pass',
      jsonb_build_object(
        'rows', v_rows,
        'blocks', v_blocks,
        'rows_hashed', case when v_rows <= v_limit then v_rows else coalesce(sum(l.leaves), 0) end)
    from looked_at as l
    having count(l.problem) = 0
  ) as j
  cross join lateral comply_private.finding(
    'ledger_intact', j.status, j.stream,
    case when v_rows <= v_limit then 'every row, header and checkpoint is as it was sealed'
         else 'checkpoints, and blocks drawn at random, are as they were sealed' end,
    j.observed, j.tenant) as f
  order by j.tenant nulls first, j.stream;
end;
$$;

comment on function comply.check_ledger_intact() is
  'Return whether checkpoints, headers and rows are as they were sealed, and each tenant and stream where '
  'they are not. Costs seconds: where more rows are sealed than its limit, it draws blocks.';

revoke execute on function comply.check_ledger_intact() from public;
grant  execute on function comply.check_ledger_intact() to comply_auditor, comply_admin, comply_operator;
