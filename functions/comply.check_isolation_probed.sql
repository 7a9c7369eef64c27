-- Makes two tenants with rows, which callers cannot, so it has the owner's rights; all of it is undone before
-- it returns. A function with its owner's rights cannot take on another role, and the owner's own policy shows
-- all: so the policies that hold for comply_app are put into each question as PostgreSQL puts them there. The
-- context is entered as services do.
create or replace function comply.check_isolation_probed()
returns setof comply.finding
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_tenants  text[] := array(
    select 'probe-' || left(replace(gen_random_uuid()::text, '-', ''), 20)
    from generate_series(1, 2)
  );
  v_strict   boolean := not exists (
    select
    from comply_private.context_settings as s
    where s.profile = 'trusted'
  );
  v_tenant   text;
  v_table    record;
  v_own      boolean;
  v_others   boolean;
  v_taken    boolean;
  v_observed jsonb := '{}'::jsonb;
begin
  begin
    perform comply.add_tenant(t.tenant_id, null, 'minimal')
    from unnest(v_tenants) as t (tenant_id);

    insert into comply.storage_records (
      tenant_id, source_data_hash, detector_type, model_version, mapped_data, taxonomy_version, encrypted)
    select
      t.tenant_id,
      encode(sha256(convert_to(t.tenant_id, 'UTF8')), 'hex'),
      (select min(d.detector_type) from comply.detectors as d),
      'probe',
      jsonb_build_object('labels', jsonb_build_array(l.label)),
      l.version,
      true
    from unnest(v_tenants) as t (tenant_id)
    cross join (
      select k.label, k.version
      from comply.taxonomy_labels as k
      order by k.version desc, k.label
      limit 1
    ) as l;

    insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
    select t.tenant_id, 'probe', 'probe', 0
    from unnest(v_tenants) as t (tenant_id);

    foreach v_tenant in array v_tenants
    loop
      if v_strict then
        perform comply.enter_signed(comply.issue_token(v_tenant));
      else
        perform comply.enter(v_tenant);
      end if;

      for v_table in
        select
          c.oid::regclass as name,
          c.relname in ('tenant_configs', 'storage_records', 'model_metrics', 'audit_trail') as has_probe,
          case when c.relrowsecurity then s.shown else 'true' end as shown,
          case
            when not has_any_column_privilege('comply_app', c.oid, 'insert, update') then 'false'
            when c.relrowsecurity then s.taken
            else 'true'
          end as taken
        from pg_class as c
        join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
        cross join lateral (
          select
            comply_private.policy_condition(c.oid, 'comply_app', 'r') as shown,
            comply_private.policy_condition(c.oid, 'comply_app', 'a') as taken
        ) as s
        where c.relnamespace = 'comply'::regnamespace
          and c.relkind in ('r', 'p')
          and not c.relispartition
          and has_any_column_privilege('comply_app', c.oid, 'select')
      loop
        execute format(
          $q$
            select
              exists (select from %1$s as t where t.tenant_id = $1 and %2$s) as own,
              exists (select from %1$s as t where t.tenant_id <> $1 and %2$s) as others,
              exists (select from %1$s as t where t.tenant_id <> $1 and %3$s) as taken
          $q$,
          v_table.name, v_table.shown, v_table.taken)
        into v_own, v_others, v_taken
        using v_tenant;

        if v_others or v_taken or (v_table.has_probe and not v_own) then
          v_observed := v_observed || jsonb_build_object(
            v_table.name::text,
            jsonb_build_object(
              'sees_own', v_own, 'sees_others', v_others, 'writes_others', v_taken));
        elsif not v_observed ? v_table.name::text then
          v_observed := v_observed || jsonb_build_object(v_table.name::text, null);
        end if;
      end loop;
    end loop;

    raise exception 'the probe is undone'
      using errcode = 'PC606',
            hint    = 'Nobody sees this: the check catches it.';
  exception
    when sqlstate 'PC606' then
      null;
  end;

  return query
  select f.*
  from comply_private.findings_of(
    'isolation_probed',
    'each of two tenants sees its own rows, and neither sees nor writes those of the other',
    'tables',
    array(
      select (o.key, o.value = 'null', o.value, null)::comply_private.judged
      from jsonb_each(v_observed) as o
    )) as f;
end;
$$;

comment on function comply.check_isolation_probed() is
  'Return of each table whether a tenant that was just made sees its own rows, and neither sees nor writes '
  'those of another.';

revoke execute on function comply.check_isolation_probed() from public;
grant  execute on function comply.check_isolation_probed() to comply_auditor, comply_admin, comply_operator;
