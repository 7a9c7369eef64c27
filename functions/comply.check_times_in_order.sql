-- Reads every tenant's trail and the ledger, which callers cannot, so it has the owner's rights; it shows
-- counts and keys. Headers and checkpoints are compared as a whole, a second for a million; into so many blocks
-- it looks, drawn anew each time. Rows of one transaction follow each other, and none is younger than its seal.
create or replace function comply.check_times_in_order()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set jit = off
as $$
declare
  v_limit    comply.check_limits := comply_private.check_limit('times_in_order');
  v_blocks   bigint := (select coalesce(sum(h.blocks), 0) from comply_private.ledger_heads as h);
  v_stream   text;
  v_tenant   text;
  v_status   text;
  v_observed jsonb;
  v_any      boolean := false;
begin
  for v_stream in
    select t.name
    from comply_private.ledger_streams() as t (name)
  loop
    for v_tenant, v_status, v_observed in execute format(
      $q$
        with header as (
          select
            b.*,
            b.sealed_at < lag(b.sealed_at) over w or b.sealed_at > $3 + $2 as is_out
          from comply.ledger_blocks as b
          where b.stream = $1
          window w as (partition by b.tenant_id, b.stream order by b.block_no)
        ),
        drawn as (
          select h.*
          from header as h
          where random() < 4.0 * $4 / greatest($5, 1)
          order by random()
          limit $4
        ),
        row_of as (
          select
            d.tenant_id,
            d.block_no,
            a."timestamp" > d.sealed_at + $2
              or a."timestamp" < lag(a."timestamp") over (
                partition by d.tenant_id, d.block_no, a.transaction_id order by a.id) as is_out
          from drawn as d
          cross join lateral (
            select t.transaction_id, t.id, t."timestamp"
            from comply.%1$I as t
            where t.tenant_id = d.tenant_id
              and (t.transaction_id, t.id) >= (d.first_transaction_id, d.first_id)
              and (t.transaction_id, t.id) <= (d.last_transaction_id, d.last_id)
              and t."timestamp" >= d.period
              and t."timestamp" < d.period + interval '1 month'
            offset 0
          ) as a
        ),
        judged as (
          select h.tenant_id, true as is_block, h.block_no, coalesce(h.is_out, false) as is_out
          from header as h
          union all
          select r.tenant_id, false, r.block_no, coalesce(r.is_out, false)
          from row_of as r
        )
        select
          null::text as tenant_id,
          'pass' as status,
          jsonb_build_object(
            'blocks', count(*) filter (where j.is_block),
            'rows', count(*) filter (where not j.is_block)) as observed
        from judged as j
        having count(*) > 0
           and not bool_or(j.is_out)
        union all
        select
          j.tenant_id,
          'fail',
          jsonb_build_object(
            'blocks', count(*) filter (where j.is_block),
            'rows', count(*) filter (where not j.is_block),
            'block_nos', (array_agg(distinct j.block_no))[1:20])
        from judged as j
        where j.is_out
        group by j.tenant_id
      $q$,
      v_stream)
    using v_stream, v_limit.span, comply_private.clock(), v_limit.amount, v_blocks
    loop
      v_any := true;

      return next comply_private.finding(
        'times_in_order',
        v_status,
        v_stream,
        'each block is sealed after the one before and after its rows, and rows of a transaction follow each other',
        v_observed,
        v_tenant);
    end loop;
  end loop;

  return query
  select f.*
  from (
    select
      count(*) as checkpoints,
      array_agg(c.seq) filter (
        where c.made_at < c.made_before
           or c.made_at > comply_private.clock() + v_limit.span) as seqs
    from (
      select k.seq, k.made_at, lag(k.made_at) over (order by k.seq) as made_before
      from comply.ledger_checkpoints as k
    ) as c
  ) as c
  cross join lateral comply_private.finding(
    'times_in_order',
    case when c.seqs is null then 'pass' else 'fail' end,
    'checkpoints',
    'each is made after the one before',
    jsonb_strip_nulls(jsonb_build_object('checkpoints', c.checkpoints, 'seqs', c.seqs))) as f
  where c.checkpoints > 0;

  if not found and not v_any then
    return next comply_private.finding(
      'times_in_order', 'na', 'ledger', 'each block is sealed after its rows', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_times_in_order() is
  'Return of each stream and the checkpoints whether their times go forward, and each tenant where they do '
  'not.';

revoke execute on function comply.check_times_in_order() from public;
grant  execute on function comply.check_times_in_order() to comply_auditor, comply_admin, comply_operator;
