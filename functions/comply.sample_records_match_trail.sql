-- Reads every tenant's trail and the ledger, which callers cannot, so it has the owner's rights; it shows keys
-- and names. Blocks are drawn, and a row of each: the same for the same seed, as blocks never change, and
-- without reading the trail. What no block has yet is not drawn.
create or replace function comply.sample_records_match_trail(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
begin
  return query
  select
    b.tenant_id,
    a.table_name || ' ' || a.record_id,
    a."timestamp",
    jsonb_strip_nulls(jsonb_build_object(
      'audit_id', a.id,
      'operation', a.operation,
      'user_id', a.user_id,
      'transaction_id', a.transaction_id,
      'block_no', b.block_no))
  from (
    select k.*
    from comply.ledger_blocks as k
    where k.stream = 'audit_trail'
    order by
      comply_private.sample_rank(format('%s %s', k.tenant_id, k.block_no), sample_records_match_trail.seed),
      k.tenant_id, k.block_no
    limit sample_records_match_trail.sample_size
  ) as b
  cross join lateral (
    select t.*
    from comply.audit_trail as t
    where t.tenant_id = b.tenant_id
      and (t.transaction_id, t.id) >= (b.first_transaction_id, b.first_id)
      and (t.transaction_id, t.id) <= (b.last_transaction_id, b.last_id)
      and t."timestamp" >= b.period
      and t."timestamp" < b.period + interval '1 month'
    order by comply_private.sample_rank(t.id::text, sample_records_match_trail.seed), t.id
    limit 1
  ) as a
  order by comply_private.sample_rank(format('%s %s', b.tenant_id, b.block_no), sample_records_match_trail.seed);
end;
$$;

comment on function comply.sample_records_match_trail(integer, integer) is
  'Return changes of rows for an auditor to compare with what the services did; the same seed draws the '
  'same.';

revoke execute on function comply.sample_records_match_trail(integer, integer) from public;
grant  execute on function comply.sample_records_match_trail(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
