-- The hashes are noted batch by batch, so that each batch deletes these rows and no others; their hash together is
-- what comply_private.content_of() says, so the archive is compared as well.
create or replace function comply_private.plan_batches(item uuid)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
set work_mem = '64MB'
set jit = off
as $$
declare
  v_item   comply.retention_items;
  v_size   integer;
  v_slice  comply.retention_slices;
  v_hashes bytea;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = plan_batches.item;

  select s.batch_rows
  into v_size
  from comply_private.retention_settings as s;

  delete from comply_private.retention_batches as b
  where b.item_id = v_item.id;

  for v_slice in
    select s.*
    from comply.retention_slices as s
    where s.item_id = v_item.id
    order by s.tenant_id, s.covers_from
  loop
    execute format(
      $q$
        insert into comply_private.retention_batches (
          tenant_id, item_id, covers_from, batch_no, first_at, first_id, last_at, last_id, row_hashes)
        select
          $1, $4, $2, n.position / $5,
          (array_agg(n."timestamp" order by n.position))[1],
          (array_agg(n.id order by n.position))[1],
          (array_agg(n."timestamp" order by n.position desc))[1],
          (array_agg(n.id order by n.position desc))[1],
          string_agg(n.hash, '' order by n.position)
        from (
          select r.*, row_number() over (order by r."timestamp", r.id) - 1 as position
          from (
            select
              r."timestamp",
              r.id,
              sha256(convert_to(%2$s, 'UTF8')) as hash
            from comply.%1$I as r
            where r.tenant_id = $1
              and r."timestamp" >= $2
              and r."timestamp" < $3
          ) as r
        ) as n
        group by n.position / $5
      $q$,
      v_item.table_name,
      comply_private.canonical_row(
        'r', comply_private.archived_columns(to_regclass('comply.' || v_item.table_name))))
    using v_slice.tenant_id, v_slice.covers_from, v_slice.covers_until, v_item.id, v_size;

    select coalesce(string_agg(b.row_hashes, '' order by b.batch_no), '')
    into v_hashes
    from comply_private.retention_batches as b
    where b.tenant_id = v_slice.tenant_id
      and b.item_id = v_item.id
      and b.covers_from = v_slice.covers_from;

    if not comply_private.judge_slice(
      v_slice.id, octet_length(v_hashes) / 32, comply_private.hash_of_hashes(v_hashes))
    then
      return format('the rows of tenant %s are not those that were archived', v_slice.tenant_id);
    end if;
  end loop;

  return null;
end;
$$;

comment on function comply_private.plan_batches(uuid) is
  'Note which rows the batches of an item are to delete; return which differ from their archive, or null.';

revoke execute on function comply_private.plan_batches(uuid) from public;
