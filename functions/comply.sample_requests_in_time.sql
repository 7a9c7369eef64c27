-- Looks at rows of tenants, which callers may not all see, so it has the owner's rights; it tells keys and
-- times of them.
create or replace function comply.sample_requests_in_time(sample_size integer, seed integer)
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
    r.tenant_id,
    r.id::text,
    r.received_at,
    jsonb_build_object('kind', r.kind, 'state', r.state, 'due_at', r.due_at, 'closed_at', r.closed_at)
  from comply.subject_requests as r
  order by comply_private.sample_rank(r.id::text, sample_requests_in_time.seed)
  limit sample_requests_in_time.sample_size;
end;
$$;

comment on function comply.sample_requests_in_time(integer, integer) is
  'Draw so many requests of persons, with when they came, were due and were answered. The same seed draws '
  'the same.';

revoke execute on function comply.sample_requests_in_time(integer, integer) from public;
grant  execute on function comply.sample_requests_in_time(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
