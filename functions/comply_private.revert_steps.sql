-- A version is undone with what came after it, the highest first: first what files made that had not been
-- there before it, then the version itself, then the earlier texts of those that had been. The runner's own
-- files, of the bootstrap unit, stay as they are.
create or replace function comply_private.revert_steps(target integer)
returns table (version integer, action text, path text, content text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_ground bigint;
  v_path   text;
begin
  select min(e.seq)
  into v_ground
  from comply_private.schema_migration_events as e
  where e.path = 'functions/comply.schema_version.sql';

  select m.path
  into v_path
  from comply_private.schema_migrations as m
  where m.version > revert_steps.target
    and m.last_seq <= v_ground
  order by m.version
  limit 1;

  if v_path is not null then
    raise exception '% carries the history of this database', v_path
      using errcode = 'PC503',
            hint    = 'Revert to the version before the first that came after it, or drop the database.';
  end if;

  select m.path
  into v_path
  from comply_private.schema_migrations as m
  where m.version > revert_steps.target
    and (
      m.status <> 'applied'
      or not exists (
        select
        from comply_private.schema_migration_events as e
        where e.path = m.path
          and e.event in ('apply', 'baseline')
          and e.revert_content is not null
      )
    )
  order by m.version desc
  limit 1;

  if v_path is not null then
    raise exception '% is irreversible, or half-way', v_path
      using errcode = 'PC505',
            hint    = 'Finish a deployment that stopped; what is irreversible, undo by a new version.';
  end if;

  return query
  with past as (
    select e.seq, e.path, e.kind, e.content
    from comply_private.schema_migration_events as e
    where e.event in ('apply', 'baseline', 'accept', 'revert', 'prune')
      and e.path is not null
  ), undone as (
    select
      m.version,
      m.path,
      s.seq,
      s.revert_content,
      lead(s.seq, 1, 9223372036854775807) over (order by m.version) as next_seq
    from comply_private.schema_migrations as m
    cross join lateral (
      select e.seq, e.revert_content
      from comply_private.schema_migration_events as e
      where e.path = m.path
        and e.event in ('apply', 'baseline')
      order by e.seq desc
      limit 1
    ) as s
    where m.version > revert_steps.target
  ), touched as (
    select
      u.version,
      m.path,
      max(p.seq) as seq,
      (
        select b.content
        from past as b
        where b.path = m.path
          and b.seq < u.seq
        order by b.seq desc
        limit 1
      ) as before
    from undone as u
    join past as p on p.seq > u.seq and p.seq < u.next_seq and p.content is not null
    join comply_private.schema_migrations as m on m.path = p.path and m.version is null
    where not exists (
      select
      from past as g
      where g.path = m.path
        and g.seq <= v_ground
    )
    group by u.version, u.seq, m.path
  ), step as (
    select t.version, 1 as position, -t.seq as place, 'drop' as action, t.path, null as content
    from touched as t
    where t.before is null
    union all
    select u.version, 2, 0, 'revert', u.path, u.revert_content
    from undone as u
    union all
    select t.version, 3, t.seq, 'restore', t.path, t.before
    from touched as t
    where t.before is not null
  )
  select s.version, s.action, s.path, s.content
  from step as s
  order by s.version desc, s.position, s.place;
end;
$$;

comment on function comply_private.revert_steps(integer) is
  'Return in order what undoes every version after one: files to drop, revert or restore. '
  'Raises PC503 and PC505.';

revoke execute on function comply_private.revert_steps(integer) from public;
