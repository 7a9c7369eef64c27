-- Month by month, so that what is compared fits in memory. A block whose leaf index is damaged is judged by its
-- rows alone: they are whole, or none of them can be named.
create or replace function comply_private.verify_rows(stream text, tenant_id text default null)
returns table (problem text, tenant text, block_no bigint, row_id uuid, detail text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_damaged record;
  v_month   timestamptz;
  v_part    record;
  v_row     record;
  v_gaps    jsonb;
  v_broken  text[] := '{}'::text[];
  v_tenants text[] := '{}'::text[];
  v_blocks  bigint[] := '{}'::bigint[];
  v_leaves  bytea[] := '{}'::bytea[];
  v_named   text[] := '{}'::text[];
begin
  for v_damaged in
    select
      d.*,
      not d.is_index_whole
        and comply_private.is_block_whole(verify_rows.stream, d.tenant, d.block_no) as is_whole
    from comply_private.damaged_indexes(verify_rows.stream, verify_rows.tenant_id) as d
  loop
    tenant := v_damaged.tenant;
    block_no := v_damaged.block_no;

    if v_damaged.is_index_whole then
      v_named := v_named || tenant;
      problem := 'block_count';
      detail := 'its header counts other rows than were sealed';
    elsif v_damaged.is_whole then
      problem := 'leaf_index_damaged';
      detail := 'its rows are whole; the index that would name a damaged one is not';
    else
      problem := 'block_root';
      detail := 'neither its rows nor its leaf index hash to its root';
    end if;

    if not v_damaged.is_index_whole then
      v_broken := v_broken || format('%s %s', tenant, block_no);
    end if;

    return next;
  end loop;

  return query
  select 'leaf_index_damaged', i.tenant_id, i.block_no, null::uuid, 'there is no such block'
  from comply_private.ledger_leaves as i
  where i.stream = verify_rows.stream
    and (verify_rows.tenant_id is null or i.tenant_id = verify_rows.tenant_id)
    and not exists (
      select
      from comply.ledger_blocks as b
      where b.tenant_id = i.tenant_id
        and b.stream = i.stream
        and b.block_no = i.block_no
    );

  select coalesce(jsonb_agg(jsonb_build_array(g.tenant, g.period)), '[]')
  into v_gaps
  from comply_private.lawful_gaps(verify_rows.stream, verify_rows.tenant_id) as g;

  for v_month in
    select m.period
    from comply_private.stream_months(verify_rows.stream) as m (period)
    order by m.period
  loop
    select array_agg(u.tenant) as tenants, array_agg(u.block_no) as blocks, array_agg(u.leaf) as leaves
    into v_part
    from comply_private.unmatched_leaves(verify_rows.stream, v_month, verify_rows.tenant_id) as u
    where format('%s %s', u.tenant, u.block_no) <> all (v_broken)
      and not (u.block_no is not null and v_gaps @> jsonb_build_array(jsonb_build_array(u.tenant, v_month)));

    v_tenants := v_tenants || v_part.tenants;
    v_blocks := v_blocks || v_part.blocks;
    v_leaves := v_leaves || v_part.leaves;
  end loop;

  if cardinality(v_leaves) > 0 then
    for v_row in
      select e.*
      from comply_private.explain_damage(verify_rows.stream, v_tenants, v_blocks, v_leaves) as e
    loop
      problem := v_row.problem;
      tenant := v_row.tenant;
      block_no := v_row.block_no;
      row_id := v_row.row_id;
      detail := v_row.detail;
      return next;

      if v_row.row_id is not null or v_row.problem = 'row_deleted' then
        v_named := v_named || tenant || v_row.tenant_now;
      end if;
    end loop;
  end if;

  -- Counts that differ are a fault of their own where no row could be named.
  return query
  select 'coverage', u.tenant, null::bigint, null::uuid,
    format('of %s the headers count %s row(s), %s are there', to_char(u.period, 'YYYY-MM'), u.sealed, u.present)
  from comply_private.uncovered_months(verify_rows.stream, verify_rows.tenant_id) as u
  where array_position(v_named, u.tenant) is null;
end;
$$;

comment on function comply_private.verify_rows(text, text) is
  'Return one row a fault in the rows of a stream, of a tenant or of all, as the sealed blocks have them.';

revoke execute on function comply_private.verify_rows(text, text) from public;
