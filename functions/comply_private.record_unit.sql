-- The tracking rows of a unit, in its own transaction: either both are there or neither. A file of
-- functions/, triggers/ or policies/ made what has its stem; the rest belongs to the last schema file of the
-- unit, or to its last file. One that ran without a transaction made what was not there before.
create or replace function comply_private.record_unit(
  run_id     uuid,
  files      jsonb,
  before     text[]      default null,
  attempts   integer     default 1,
  started_at timestamptz default clock_timestamp()
)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_count            bigint;
  v_class_ids        oid[];
  v_object_ids       oid[];
  v_names            text[];
  v_alien            text;
  v_dropped          text[];
  v_file             record;
  v_is_transactional boolean := record_unit.files -> 0 ->> 'transactional' <> 'false';
  v_rest             text;
  v_seq              bigint;
begin
  -- Listed once, and named only where new: a deployment does this for each of its units.
  select
    count(*),
    array_agg(o.classid) filter (where o.is_new or not v_is_transactional),
    array_agg(o.objid) filter (where o.is_new or not v_is_transactional)
  into v_count, v_class_ids, v_object_ids
  from comply_private.our_objects() as o;

  select array_agg(concat_ws(' ', i.type, i.identity) order by o.position)
  into v_names
  from rows from (unnest(v_class_ids), unnest(v_object_ids)) with ordinality as o (class_id, id, position)
  cross join pg_identify_object(o.class_id, o.id, 0) as i;

  select o.name
  into v_alien
  from unnest(v_class_ids, v_object_ids, v_names) as o (class_id, id, name)
  left join pg_proc as p on o.class_id = 'pg_proc'::regclass and p.oid = o.id
  left join pg_class as c on o.class_id = 'pg_class'::regclass and c.oid = o.id
  where (v_is_transactional or o.name <> all (record_unit.before))
    and coalesce(p.proowner, c.relowner) <> 'comply_owner'::regrole;

  if v_alien is not null then
    raise exception '% belongs to another role than comply_owner', v_alien
      using errcode = 'PC504',
            hint    = 'Let the file create it as comply_owner, which the runner has set as role.';
  end if;

  select f.path
  into v_rest
  from rows from (jsonb_to_recordset(record_unit.files) as (path text)) with ordinality as f (path, position)
  order by f.path like 'schema/%' desc, f.position desc
  limit 1;

  -- Where as many are there as were, and as are new, none is gone.
  if v_count <> cardinality(record_unit.before) + (
    select count(*)
    from unnest(v_names) as n (name)
    where n.name <> all (record_unit.before)
  ) then
    select array_agg(b.name)
    into v_dropped
    from unnest(record_unit.before) as b (name)
    left join unnest(comply_private.object_names()) as a (name) on a.name = b.name
    where a.name is null;

    update comply_private.schema_migrations as m
    set objects = m.objects - v_dropped
    where m.objects ?| v_dropped
      and m.status = 'applied';
  end if;

  for v_file in
    with made as (
      select
        o.name as object,
        case
          when i.type in ('function', 'procedure', 'aggregate') then
            format('functions/%s.sql', split_part(i.identity, '(', 1))
          when i.type in ('view', 'materialized view') then format('functions/%s.sql', i.identity)
          when i.type = 'trigger' then format('triggers/%s.sql', split_part(i.identity, ' on ', 2))
          when i.type = 'policy' then format('policies/%s.sql', split_part(i.identity, ' on ', 2))
        end as path,
        encode(comply_private.object_fingerprint(o.class_id, o.id), 'hex') as fingerprint
      from unnest(v_class_ids, v_object_ids, v_names) as o (class_id, id, name)
      cross join pg_identify_object(o.class_id, o.id, 0) as i
      where v_is_transactional
         or o.name <> all (record_unit.before)
    ), claimed as (
      select
        m.object,
        m.fingerprint,
        case
          when record_unit.files @> jsonb_build_array(jsonb_build_object('path', m.path)) then m.path
          else v_rest
        end as path
      from made as m
    )
    select
      f.path,
      split_part(f.path, '/', 1) as kind,
      substring(f.path from '^schema/(\d+)__')::integer as version,
      f.content,
      f.revert_content,
      f.transactional,
      f.statements,
      coalesce(f.event, 'apply') as event,
      coalesce(
        (
          select jsonb_object_agg(c.object, c.fingerprint)
          from claimed as c
          where c.path = f.path
        ), '{}') as objects,
      case
        when f.path = v_rest then (select jsonb_object_agg(d.name, null) from unnest(v_dropped) as d (name))
      end as dropped
    from rows from (
      jsonb_to_recordset(record_unit.files) as (
        path text, content text, revert_content text, transactional boolean, statements integer, event text
      )
    ) with ordinality as f (path, content, revert_content, transactional, statements, event, position)
    order by f.position
  loop
    insert into comply_private.schema_migration_events as e (
      run_id, event, path, kind, version, checksum, content, revert_content, transactional, statements,
      objects, attempts, started_at, finished_at
    )
    values (
      record_unit.run_id, v_file.event, v_file.path, v_file.kind, v_file.version,
      sha256(convert_to(v_file.content, 'UTF8')), v_file.content, v_file.revert_content, v_file.transactional,
      v_file.statements, v_file.objects || coalesce(v_file.dropped, '{}'), record_unit.attempts,
      record_unit.started_at, clock_timestamp()
    )
    returning e.seq
    into v_seq;

    insert into comply_private.schema_migrations as m (
      path, kind, version, checksum, status, objects, fingerprint, last_seq
    )
    values (
      v_file.path, v_file.kind, v_file.version, sha256(convert_to(v_file.content, 'UTF8')), 'applied',
      v_file.objects, sha256(convert_to(v_file.objects::text, 'UTF8')), v_seq
    )
    on conflict on constraint schema_migrations_pkey do update
    set checksum = excluded.checksum,
        status = excluded.status,
        statements_total = null,
        statements_done = null,
        done_hashes = null,
        in_flight = null,
        objects = excluded.objects,
        fingerprint = excluded.fingerprint,
        last_seq = excluded.last_seq;
  end loop;

  return v_seq;
end;
$$;

comment on function comply_private.record_unit(uuid, jsonb, text[], integer, timestamptz) is
  'Record files as applied, with the objects that this transaction made of each. Raises PC504.';

revoke execute on function comply_private.record_unit(uuid, jsonb, text[], integer, timestamptz) from public;
