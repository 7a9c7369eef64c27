-- Reads the events of every tenant, which some callers may not, so it has the owner's rights; it shows keys and
-- names.
create or replace function comply.sample_refusals_few(sample_size integer, seed integer)
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
    nullif(e.tenant_id, '_system'),
    e.id::text,
    e."timestamp",
    jsonb_strip_nulls(jsonb_build_object(
      'code', e.code,
      'table', e.table_name,
      'user_id', e.user_id,
      'active_role', e.active_role,
      'correlation_id', e.correlation_id))
  from comply.security_events as e
  where e."timestamp" >= comply.now() - (comply_private.check_limit('refusals_few')).span
  order by comply_private.sample_rank(e.id::text, sample_refusals_few.seed), e.id
  limit sample_refusals_few.sample_size;
end;
$$;

comment on function comply.sample_refusals_few(integer, integer) is
  'Return refusals of late, for an auditor to ask what came of them; the same seed draws the same.';

revoke execute on function comply.sample_refusals_few(integer, integer) from public;
grant  execute on function comply.sample_refusals_few(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
