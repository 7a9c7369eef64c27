-- Reads the history of deployments, which callers cannot, so it has the owner's rights; it shows names of
-- objects and files, and no text. What other checks judge is here as well: each such fault is a change that no
-- deployment made. Where psql installed and comply-db baseline never ran, there is no history to judge.
create or replace function comply.check_schema_as_deployed()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  with file as materialized (
    select m.path, m.status, m.kind
    from comply_private.schema_migrations as m
  ),
  drifted as materialized (
    select d.object, d.path, d.state
    from comply_private.drift() as d
    where exists (select from file)
  ),
  damaged as materialized (
    select v.seq, v.path, v.problem
    from comply_private.verify_history() as v
  )
  select f.*
  from (
    select
      'object' as what,
      d.object as subject,
      'fail' as status,
      jsonb_build_object('state', d.state, 'file', d.path) as observed
    from drifted as d
    union all
    select 'file', p.path, 'fail', jsonb_build_object('state', p.status)
    from file as p
    where p.status <> 'applied'
    union all
    select 'event', format('event %s', v.seq), 'fail', jsonb_build_object('state', v.problem, 'file', v.path)
    from damaged as v
    union all
    select 'files', 'deployment', 'pass', jsonb_build_object('files', count(*), 'version', comply.schema_version())
    from file
    where not exists (select from drifted)
      and not exists (select from damaged)
    having count(*) > 0
       and bool_and(file.status = 'applied')
  ) as j
  cross join lateral comply_private.finding(
    'schema_as_deployed', j.status, j.subject,
    'as the last deployment left it, and the chain of deployments has no gap',
    jsonb_strip_nulls(j.observed)) as f
  order by j.what, j.subject;

  if not found then
    return next comply_private.finding(
      'schema_as_deployed', 'na', 'deployment', 'as the last deployment left it', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_schema_as_deployed() is
  'Return each object, file and event that is not as deployments left it, or that all are.';

revoke execute on function comply.check_schema_as_deployed() from public;
grant  execute on function comply.check_schema_as_deployed() to comply_auditor, comply_admin, comply_operator;
