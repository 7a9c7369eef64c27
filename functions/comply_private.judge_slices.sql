-- relation: the table, or a month that is out of it, whose row level security the owner lifts for as long as it reads.
create or replace function comply_private.judge_slices(item uuid, relation regclass)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set parallel_setup_cost = 0
set parallel_tuple_cost = 0
as $$
declare
  v_slice   record;
  v_changed text;
begin
  for v_slice in
    select s.id, s.tenant_id, c.row_count, c.content_hash
    from comply.retention_slices as s
    cross join lateral comply_private.content_of(
      judge_slices.relation, s.tenant_id, s.covers_from, s.covers_until) as c
    where s.item_id = judge_slices.item
    order by s.tenant_id, s.covers_from
  loop
    if not comply_private.judge_slice(v_slice.id, v_slice.row_count, v_slice.content_hash) then
      v_changed := coalesce(
        v_changed, format('the rows of tenant %s are not those that were archived', v_slice.tenant_id));
    end if;
  end loop;

  return v_changed;
end;
$$;

comment on function comply_private.judge_slices(uuid, regclass) is
  'Note what the rows of an item are; return which differ from their archive, or null.';

revoke execute on function comply_private.judge_slices(uuid, regclass) from public;
