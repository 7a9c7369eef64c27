-- Reads archives of every tenant, which callers may not, so it has the owner's rights. Hashes again what is
-- kept in the database, drawn anew each time until so many bytes are reached, so that one which has more of them alone
-- has its turn as well; what is elsewhere only comply-db reads, which notes it.
create or replace function comply.check_archives_whole()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit comply.check_limits := comply_private.check_limit('archives_whole');
begin
  return query
  with kept as (
    select a.*, sum(a.object_bytes) filter (where a.sink = 'table') over (order by random()) - a.object_bytes as bytes_before
    from comply.archives as a
    where a.purged_at is null
  ),
  looked_at as (
    select
      k.*,
      k.sink = 'table' and k.bytes_before < v_limit.amount as is_rehashed,
      case
        when k.verified_at is null and k.archived_at < comply.now() - v_limit.span then 'not read back'
        when k.sink = 'table' and k.bytes_before < v_limit.amount
             and (
               select (h.object_hash, h.object_bytes) is distinct from (k.object_hash, k.object_bytes)
               from comply_private.chunks_hash(k.tenant_id, k.id) as h
             )
          then 'other bytes than were written'
      end as problem
    from kept as k
    union all
    select a.*, null, false, 'purged before its time'
    from comply.archives as a
    where a.purged_at < a.keep_until
  )
  select f.*
  from (
    select
      l.id::text as subject,
      l.tenant_id,
      'fail' as status,
      jsonb_build_object(
        'table', l.table_name,
        'sink', l.sink,
        'problem', l.problem,
        'rows', l.row_count,
        'archived_at', l.archived_at) as observed
    from looked_at as l
    where l.problem is not null
    union all
    select
      l.table_name,
      null,
      'pass',
      jsonb_build_object(
        'archives', count(*),
        'read_back', count(l.verified_at),
        'hashed_again', count(*) filter (where l.is_rehashed),
        'bytes', sum(l.object_bytes))
    from looked_at as l
    where l.problem is null
    group by l.table_name
  ) as j
  cross join lateral comply_private.finding(
    'archives_whole', j.status, j.subject,
    format('read back within %s, and its bytes are those that were written', v_limit.span), j.observed,
    j.tenant_id) as f
  order by j.status desc, j.subject;

  if not found then
    return next comply_private.finding(
      'archives_whole', 'na', 'archives', 'read back and as they were written', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_archives_whole() is
  'Return of each table whether its archives were read back and are whole, and each archive that is not.';

revoke execute on function comply.check_archives_whole() from public;
grant  execute on function comply.check_archives_whole() to comply_auditor, comply_admin, comply_operator;
