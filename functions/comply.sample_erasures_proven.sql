-- Looks at rows of tenants, which callers may not all see, so it has the owner's rights; it tells keys and
-- times of them.
create or replace function comply.sample_erasures_proven(sample_size integer, seed integer)
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
    e.tenant_id,
    e.id::text,
    e.requested_at,
    jsonb_build_object(
      'scope', e.scope, 'state', e.state, 'due_at', e.due_at, 'shredded_at', e.shredded_at,
      'effective_at', e.effective_at, 'keys', cardinality(e.key_ids), 'rows_destroyed', e.rows_destroyed, 'images_redacted', e.images_redacted)
  from comply.erasures as e
  order by comply_private.sample_rank(e.id::text, sample_erasures_proven.seed)
  limit sample_erasures_proven.sample_size;
end;
$$;

comment on function comply.sample_erasures_proven(integer, integer) is
  'Draw so many erasures, with their two dates and what they destroyed. The same seed draws the same.';

revoke execute on function comply.sample_erasures_proven(integer, integer) from public;
grant  execute on function comply.sample_erasures_proven(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
