-- Copy, mark and hashes are one statement and so one snapshot: as long as the mark is the same, all three are right.
-- The indexes come after the rows, which is several times as fast; statistics come with the rows. Triggers do not
-- fire: the copy is no partition yet, and what it has is not new.
create or replace function comply_private.copy_survivors(item uuid)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set maintenance_work_mem = '256MB'
set parallel_setup_cost = 0
set parallel_tuple_cost = 0
as $$
declare
  v_item      comply.retention_items;
  v_partition regclass;
  v_copy      text;
  v_columns   text;
  v_until     timestamptz;
  v_kept      bigint;
  v_rows      bigint;
  v_mark      numeric;
  v_slices    jsonb;
  v_slice     record;
  v_index     record;
  v_changed   text;
  v_options   text;
  v_comment   text;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = copy_survivors.item;

  v_partition := comply_private.month_partition(v_item.table_name, v_item.month);
  v_copy := comply_private.detached_month(v_item.table_name, v_item.month);
  v_until := v_item.month + interval '1 month';

  execute format('create table %s (like %s including all excluding indexes excluding statistics)', v_copy, v_partition);
  execute format('alter table %s enable row level security', v_copy);

  select array_to_string(c.reloptions, ', '), obj_description(c.oid, 'pg_class')
  into v_options, v_comment
  from pg_class as c
  where c.oid = v_partition;

  if v_options is not null then
    execute format('alter table %s set (%s)', v_copy, v_options);
  end if;

  execute format('comment on table %s is %L', v_copy, v_comment);

  select string_agg(format('%I', c.name), ', ' order by c.position)
  into v_columns
  from unnest(comply_private.archived_columns(v_partition)) with ordinality as c (name, position);

  execute format(
    $q$
      with kept as (
        insert into %1$s (%2$s)
        select %2$s
        from comply.%3$I as r
        where r."timestamp" >= $1
          and r."timestamp" < $2
          and not exists (
            select
            from comply.retention_slices as s
            where s.item_id = $3
              and s.tenant_id = r.tenant_id
              and r."timestamp" >= s.covers_from
              and r."timestamp" < s.covers_until
          )
        returning 1
      )
      select
        (select count(*) from kept),
        (
          select count(*)
          from comply.%3$I as r
          where r."timestamp" >= $1
            and r."timestamp" < $2
        ),
        comply_private.month_mark($4, $1),
        (
          select jsonb_agg(jsonb_build_object(
            'id', s.id, 'tenant_id', s.tenant_id, 'rows', c.row_count, 'hash', encode(c.content_hash, 'hex')))
          from comply.retention_slices as s
          cross join lateral comply_private.content_of(
            'comply.%3$I'::regclass, s.tenant_id, s.covers_from, s.covers_until) as c
          where s.item_id = $3
        )
    $q$,
    v_copy, v_columns, v_item.table_name)
  into v_kept, v_rows, v_mark, v_slices
  using v_item.month, v_until, v_item.id, v_item.table_name;

  for v_slice in
    select s.id, s.tenant_id, s.rows, decode(s.hash, 'hex') as content_hash
    from jsonb_to_recordset(v_slices) as s (id uuid, tenant_id text, rows bigint, hash text)
  loop
    v_rows := v_rows - v_slice.rows;

    if not comply_private.judge_slice(v_slice.id, v_slice.rows, v_slice.content_hash) then
      v_changed := format('the rows of tenant %s are not those that were archived', v_slice.tenant_id);
    end if;
  end loop;

  if v_changed is null and v_rows <> v_kept then
    v_changed := format('%s rows are to be kept, and %s were copied', v_rows, v_kept);
  end if;

  if v_changed is not null then
    execute format('drop table %s', v_copy);
    return v_changed;
  end if;

  for v_index in
    select
      replace(pg_get_indexdef(i.indexrelid), format(' ON %s ', v_partition), format(' ON %s ', v_copy)) as definition,
      c.relname,
      k.conname,
      i.indisprimary
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    left join pg_constraint as k on k.conindid = i.indexrelid and k.conrelid = v_partition
    where i.indrelid = v_partition
    order by c.relname
  loop
    execute v_index.definition;

    if v_index.conname is not null then
      execute format('alter table %s add constraint %I %s using index %I', v_copy, v_index.conname,
                     case when v_index.indisprimary then 'primary key' else 'unique' end, v_index.relname);
    end if;
  end loop;

  perform comply_private.bound_month(v_item.table_name, v_item.month);
  perform comply_private.guard_partition(v_copy::regclass, to_regclass('comply.' || v_item.table_name));
  execute format('analyze %s', v_copy);

  update comply.retention_items as i
  set mark = v_mark,
      rows_kept = v_kept
  where i.id = v_item.id;

  return null;
end;
$$;

comment on function comply_private.copy_survivors(uuid) is
  'Copy what is not expired of a month, and note what is; return why it cannot be, or null. Waits for nobody.';

revoke execute on function comply_private.copy_survivors(uuid) from public;
