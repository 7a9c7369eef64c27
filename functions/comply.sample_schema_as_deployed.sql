-- Reads the history of deployments, which callers cannot, so it has the owner's rights; it shows no text of a
-- file.
create or replace function comply.sample_schema_as_deployed(sample_size integer, seed integer)
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
    null::text,
    e.seq::text,
    e.finished_at,
    jsonb_strip_nulls(jsonb_build_object(
      'event', e.event,
      'file', e.path,
      'version', e.version,
      'checksum', encode(e.checksum, 'hex'),
      'run_id', e.run_id,
      'run_by', (
        select r.context ->> 'session_user'
        from comply_private.schema_migration_events as r
        where r.run_id = e.run_id
          and r.event = 'run_begin'
        limit 1
      )))
  from comply_private.schema_migration_events as e
  where e.event in ('apply', 'revert', 'prune', 'baseline', 'accept', 'skip')
  order by comply_private.sample_rank(e.seq::text, sample_schema_as_deployed.seed), e.seq
  limit sample_schema_as_deployed.sample_size;
end;
$$;

comment on function comply.sample_schema_as_deployed(integer, integer) is
  'Return changes of the schema for an auditor to find in reviews and releases; the same seed draws the '
  'same.';

revoke execute on function comply.sample_schema_as_deployed(integer, integer) from public;
grant  execute on function comply.sample_schema_as_deployed(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
