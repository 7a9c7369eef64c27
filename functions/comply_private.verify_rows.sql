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
  v_block   record;
  v_row     record;
  v_months  jsonb := '[]';
  v_tenants text[] := '{}';
  v_blocks  bigint[] := '{}';
  v_ids     uuid[] := '{}';
  v_hashes  bytea[] := '{}';
  v_named   text[] := '{}';
begin
  for v_block in
    select d.*, coalesce(cardinality(d.lost_ids), 0) as lost
    from comply_private.damaged_blocks(verify_rows.stream, verify_rows.tenant_id) as d
  loop
    tenant := v_block.tenant;
    block_no := v_block.block_no;
    row_id := null;

    if not v_block.is_index_whole then
      problem := case when v_block.are_rows_whole then 'leaf_index_damaged' else 'block_root' end;
      detail := case
        when v_block.are_rows_whole then 'its rows are whole; the index that would name a damaged one is not'
        else 'neither its rows nor its leaf index hash to its root'
      end;
      v_named := v_named || tenant;
      return next;
    elsif not v_block.is_count_right then
      problem := 'block_count';
      detail := 'its header counts other rows than were sealed';
      v_named := v_named || tenant;
      return next;
    end if;

    v_months := v_months || jsonb_build_object('tenant_id', tenant, 'period', v_block.period);
    v_tenants := v_tenants || array_fill(tenant, array[v_block.lost]);
    v_blocks := v_blocks || array_fill(block_no, array[v_block.lost]);
    v_ids := v_ids || v_block.lost_ids;
    v_hashes := v_hashes || v_block.lost_hashes;
  end loop;

  select
    v_months || coalesce(jsonb_agg(jsonb_build_object('tenant_id', u.tenant, 'period', u.period)), '[]')
  into v_months
  from comply_private.uncovered_months(verify_rows.stream, verify_rows.tenant_id) as u;

  if v_months = '[]' then
    return;
  end if;

  for v_row in
    select e.*
    from comply_private.explain_damage(verify_rows.stream, v_tenants, v_blocks, v_ids, v_hashes, v_months) as e
  loop
    problem := v_row.problem;
    tenant := v_row.tenant;
    block_no := v_row.block_no;
    row_id := v_row.row_id;
    detail := v_row.detail;
    v_named := v_named || tenant || v_row.tenant_now;
    return next;
  end loop;

  -- Counts that differ are a fault of their own where no row could be named.
  return query
  select 'coverage', u.tenant, null::bigint, null::uuid,
    format('of %s the headers count %s row(s), %s are there', to_char(u.period, 'YYYY-MM'), u.sealed, u.present)
  from comply_private.uncovered_months(verify_rows.stream, verify_rows.tenant_id) as u
  where u.tenant <> all (v_named);
end;
$$;

comment on function comply_private.verify_rows(text, text) is
  'Return one row a fault in the rows of a stream, of a tenant or of all, as the sealed blocks have them.';

revoke execute on function comply_private.verify_rows(text, text) from public;
