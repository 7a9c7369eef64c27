-- What was taken out comes back, what was copied goes, and what was deleted already has its certificate.
create or replace function comply_private.refuse_item(item uuid, reason text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_item  comply.retention_items;
  v_slice record;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = refuse_item.item;

  if v_item.detached_at is not null then
    perform comply_private.put_back_month(v_item.table_name, v_item.month);
  elsif v_item.verdict = 'REWRITE' and v_item.state = 'verified' then
    execute format('drop table %s', comply_private.detached_month(v_item.table_name, v_item.month));
  elsif v_item.verdict = 'BATCH' then
    for v_slice in
      select s.id, string_agg(b.row_hashes, '' order by b.batch_no) as row_hashes, max(b.last_at) as last_at
      from comply.retention_slices as s
      join comply_private.retention_batches as b
        on b.tenant_id = s.tenant_id and b.item_id = s.item_id and b.covers_from = s.covers_from
      where s.item_id = v_item.id
        and b.is_done
      group by s.id
    loop
      perform comply_private.certify_slices(
        v_item.id, v_slice.id, octet_length(v_slice.row_hashes) / 32,
        comply_private.hash_of_hashes(v_slice.row_hashes), v_slice.last_at + interval '1 microsecond');
    end loop;

    delete from comply_private.retention_batches as b
    where b.item_id = v_item.id;
  end if;

  update comply.retention_items as i
  set state = 'refused',
      reason = refuse_item.reason,
      finished_at = comply_private.clock()
  where i.id = v_item.id;
end;
$$;

comment on function comply_private.refuse_item(uuid, text) is
  'End an item for a reason; a month that is out of its table is attached again.';

revoke execute on function comply_private.refuse_item(uuid, text) from public;
