-- Writes the trail, which callers cannot, so it has the owner's rights. TRUNCATE of a partitioned table fires
-- its partitions' triggers as well, so the parent's own writes nothing. Rows are read through the parent and by
-- the range of the partition: the owner sees none in the partition itself.
create or replace function comply_private.tg__audit_truncate()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
declare
  v_range tstzrange := comply_private.partition_range(tg_relid);
begin
  if exists (select from pg_partitioned_table as p where p.partrelid = tg_relid) then
    return null;
  end if;

  execute format(
    $sql$
      insert into comply.audit_trail (
        tenant_id, id, "timestamp", table_name, record_id, operation, user_id, active_role, actor, old_values,
        correlation_id, ip_address, user_agent, transaction_id)
      select
        t.tenant_id,
        ($1 || lpad(to_hex(row_number() over ()), 7, '0') || $2)::uuid,
        $3, %L, t.id, 'TRUNCATE', session_user, $4, $5,
        case when c.audit_level is distinct from 'minimal' then to_jsonb(t) end,
        $6, inet_client_addr(), $7, pg_current_xact_id()
      from comply.%I as t
      left join comply.tenant_configs as c on c.tenant_id = t.tenant_id
      where %s
    $sql$,
    tg_argv[0],
    tg_argv[0],
    case when v_range is null then 'true' else format('t."timestamp" >= %L and t."timestamp" < %L',
                                                      lower(v_range), upper(v_range)) end)
  using
    comply_private.audit_id_head((date_part('epoch', clock_timestamp()) * 1000000)::bigint),
    comply_private.audit_id_tail(),
    comply_private.clock(),
    nullif(current_setting('role'), 'none'),
    comply.current_actor(),
    comply.current_correlation_id(),
    nullif(current_setting('application_name'), '');

  return null;
end;
$$;

comment on function comply_private.tg__audit_truncate() is
  'Trigger (table): write one audit row for each row that TRUNCATE is about to remove.';

revoke execute on function comply_private.tg__audit_truncate() from public;
