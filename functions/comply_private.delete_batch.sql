-- By key, so that the index finds the rows, and through the table, so that its triggers audit them. What was added
-- between two rows of the batch, or changed, is deleted with them and told by the hashes; then nothing is.
create or replace function comply_private.delete_batch(item uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
set jit = off
as $$
declare
  v_item   comply.retention_items;
  v_batch  comply_private.retention_batches;
  v_slice  uuid;
  v_hashes bytea;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = delete_batch.item;

  select b.*
  into v_batch
  from comply_private.retention_batches as b
  where b.item_id = v_item.id
    and not b.is_done
  order by b.tenant_id, b.covers_from, b.batch_no
  limit 1;

  if not found then
    return null;
  end if;

  begin
    perform comply_private.permit_destruction();

    execute format(
      $q$
        with gone as (
          delete from comply.%1$I as r
          where r.tenant_id = $1
            and r."timestamp" >= $2
            and r."timestamp" <= $4
            and (r."timestamp", r.id) >= ($2, $3)
            and (r."timestamp", r.id) <= ($4, $5)
          returning r."timestamp", r.id, sha256(convert_to(%2$s, 'UTF8')) as hash
        )
        select string_agg(g.hash, '' order by g."timestamp", g.id)
        from gone as g
      $q$,
      v_item.table_name,
      comply_private.canonical_row(
        'r', comply_private.archived_columns(to_regclass('comply.' || v_item.table_name))))
    into v_hashes
    using v_batch.tenant_id, v_batch.first_at, v_batch.first_id, v_batch.last_at, v_batch.last_id;

    perform comply_private.end_destruction();

    if v_hashes is distinct from v_batch.row_hashes then
      raise exception 'rows of tenant % were changed', v_batch.tenant_id
        using errcode = 'PC309',
              hint    = 'Nothing of the batch was deleted.';
    end if;
  exception
    when sqlstate 'PC309' then
      return false;
  end;

  update comply_private.retention_batches as b
  set is_done = true
  where b.tenant_id = v_batch.tenant_id
    and b.item_id = v_item.id
    and b.covers_from = v_batch.covers_from
    and b.batch_no = v_batch.batch_no;

  -- The last one of its slice: what was destroyed is the whole of it.
  if not exists (
    select
    from comply_private.retention_batches as b
    where b.tenant_id = v_batch.tenant_id
      and b.item_id = v_item.id
      and b.covers_from = v_batch.covers_from
      and not b.is_done
  ) then
    select s.id
    into v_slice
    from comply.retention_slices as s
    where s.tenant_id = v_batch.tenant_id
      and s.item_id = v_item.id
      and s.covers_from = v_batch.covers_from;

    perform comply_private.certify_slices(v_item.id, v_slice);

    delete from comply_private.retention_batches as b
    where b.tenant_id = v_batch.tenant_id
      and b.item_id = v_item.id
      and b.covers_from = v_batch.covers_from;
  end if;

  return true;
end;
$$;

comment on function comply_private.delete_batch(uuid) is
  'Delete the next batch of an item: true if it did, false if its rows were changed and so none is deleted, null if '
  'none is left.';

revoke execute on function comply_private.delete_batch(uuid) from public;
