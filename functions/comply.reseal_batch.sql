-- Changes rows of all tenants, which callers cannot, so it has the owner's rights. One batch a transaction, with where
-- it came to, so that it goes on from there after a crash. Only rows under a key of the tenant that is retiring; those
-- of subjects have keys of their own. A row that somebody changes meanwhile is waited for and sealed as it is then. A
-- pass that finds nothing left is the last: services that had the old key still open added rows behind the first.
create or replace function comply.reseal_batch(
  tenant_id   text,
  table_name  text,
  column_name text,
  row_limit   integer default 500
)
returns table (rows_done bigint, is_finished boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_tenant text := comply_private.key_tenant(reseal_batch.tenant_id);
  v_target uuid;
  v_old    uuid[];
  v_state  comply_private.reseals;
  v_ids    uuid[];
  v_done   bigint := 0;
begin
  if not exists (
    select
    from comply.encrypted_columns as e
    where e.table_name = reseal_batch.table_name
      and e.column_name = reseal_batch.column_name
  ) then
    raise exception '%.% is not encrypted', reseal_batch.table_name, reseal_batch.column_name
      using errcode = 'PC326',
            hint    = 'comply.encrypted_columns lists the columns; comply.encrypt_column() adds one.';
  end if;

  select k.key_id
  into v_target
  from comply_private.data_keys as k
  where k.tenant_id = v_tenant
    and k.purpose = 'enc'
    and k.subject_digest is null
    and k.state = 'active';

  if not found then
    raise exception 'tenant % has no key to seal with', quote_literal(v_tenant)
      using errcode = 'PC322',
            hint    = 'Add one: comply-db keys add.';
  end if;

  select array_agg(k.key_id)
  into v_old
  from comply_private.data_keys as k
  where k.tenant_id = v_tenant
    and k.purpose = 'enc'
    and k.subject_digest is null
    and k.state = 'retiring';

  insert into comply_private.reseals (tenant_id, table_name, column_name, key_id)
  values (v_tenant, reseal_batch.table_name, reseal_batch.column_name, v_target)
  on conflict on constraint reseals_pkey do nothing;

  select r.*
  into v_state
  from comply_private.reseals as r
  where r.tenant_id = v_tenant
    and r.table_name = reseal_batch.table_name
    and r.column_name = reseal_batch.column_name
    and r.key_id = v_target
  for update;

  execute format(
    $q$
      select array_agg(b.id)
      from (
        select t.id
        from comply.%1$I as t
        where t.tenant_id = $1
          and ($2 is null or t.id > $2)
          and comply_private.envelope_key_ids(t.%2$I) = any ($3)
        order by t.id
        limit $4
      ) as b
    $q$,
    reseal_batch.table_name, reseal_batch.column_name)
  into v_ids
  using v_tenant, v_state.last_id, v_old, reseal_batch.row_limit;

  if v_ids is not null then
    execute format(
      $q$
        update comply.%1$I as t
        set %2$I = comply.seal_field(
              comply.open_field(t.%2$I, $4, $5, t.id), $4, $5, t.id, null, get_byte(t.%2$I, 1) = 2)
        where t.tenant_id = $1
          and t.id = any ($2)
          and comply_private.envelope_key_ids(t.%2$I) = any ($3)
      $q$,
      reseal_batch.table_name, reseal_batch.column_name)
    using v_tenant, v_ids, v_old, reseal_batch.table_name, reseal_batch.column_name;
    get diagnostics v_done = row_count;
  end if;

  update comply_private.reseals as r
  set last_id = case when v_ids is not null then v_ids[cardinality(v_ids)] end,
      rows_done = r.rows_done + v_done,
      passes = r.passes + case when v_ids is null then 1 else 0 end,
      pass_rows = case when v_ids is null then 0 else r.pass_rows + v_done end,
      finished_at = case when v_ids is null and v_state.pass_rows = 0 then comply.now() end
  where r.tenant_id = v_state.tenant_id
    and r.table_name = v_state.table_name
    and r.column_name = v_state.column_name
    and r.key_id = v_state.key_id;

  return query select v_done, v_ids is null and v_state.pass_rows = 0;
end;
$$;

comment on function comply.reseal_batch(text, text, text, integer) is
  'Seal rows of a tenant under its newest key that are under an older one; return how many, and whether none is left. '
  'Open all its keys first. Locks the rows. comply-db keys rotate calls it. Raises PC322, PC324, PC325, PC326.';

revoke execute on function comply.reseal_batch(text, text, text, integer) from public;
grant  execute on function comply.reseal_batch(text, text, text, integer)
  to comply_admin;
