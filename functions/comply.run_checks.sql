-- Writes findings, which callers cannot, so it has the owner's rights. What a check raises is a finding of its own,
-- by its code and names only, as texts of errors may quote rows; a server that is going down or full ends the run.
-- The rows are inserted when all is known, so that nobody ever changes one.
create or replace function comply.run_checks(framework text default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set jit = off
as $$
declare
  v_run         uuid := comply.new_id();
  v_started     timestamptz := comply.now();
  v_clock       timestamptz := clock_timestamp();
  v_check       record;
  v_found       comply.finding[];
  v_all         comply.finding[] := '{}'::comply.finding[];
  v_check_count integer := 0;
  v_table       text;
  v_constraint  text;
begin
  if run_checks.framework is not null
     and not exists (select from comply_private.mappings_at(v_started, run_checks.framework))
  then
    raise exception 'framework % is unknown, or not valid now', quote_literal(run_checks.framework)
      using errcode = 'PC600',
            hint    = 'See comply.frameworks. One that a tenant added is asked for in the context of that tenant.';
  end if;

  for v_check in
    select c.*
    from comply.checks as c
    where run_checks.framework is null
       or c.check_id in (
         select m.source_id
         from comply_private.mappings_at(v_started, run_checks.framework) as m
         where m.source = 'check'
       )
    order by c.position
  loop
    v_check_count := v_check_count + 1;

    begin
      if v_check.is_enabled then
        execute format('select array_agg(f) from comply.%I() as f', v_check.function_name) into v_found;
      else
        v_found := array[comply_private.finding(
          v_check.check_id, 'manual', v_check.check_id, v_check.title, '{"is_enabled": false}')];
      end if;

      if v_found is null then
        v_found := array[comply_private.finding(
          v_check.check_id, 'na', v_check.check_id, v_check.title, '{"subjects": 0}')];
      elsif exists (
        select
        from unnest(v_found) as f
        where f.check_id is distinct from v_check.check_id
           or f.status is null
           or f.status not in ('pass', 'fail', 'manual', 'na', 'error')
           or f.severity is distinct from v_check.severity
           or f.subject is null
           or f.expected is null
           or jsonb_typeof(f.observed) is distinct from 'object'
           or f.evidence_query is null
           or length(f.tenant_id) not between 1 and 63
           or f.collected_at is distinct from v_started
      ) then
        raise exception 'check % returned what is no finding', v_check.check_id
          using errcode = 'PC604',
                hint    = 'Make each by comply_private.finding().';
      end if;
    exception
      when others then
        if sqlstate ~ '^(53|57|58|XX)' then
          raise;
        end if;

        get stacked diagnostics v_table = table_name, v_constraint = constraint_name;
        v_found := array[comply_private.finding(
          v_check.check_id, 'error', v_check.check_id, v_check.title,
          jsonb_strip_nulls(jsonb_build_object(
            'sqlstate', sqlstate, 'table', nullif(v_table, ''), 'constraint', nullif(v_constraint, ''))))];
    end;

    v_all := v_all || v_found;
  end loop;

  insert into comply.findings (
    tenant_id, id, run_id, check_id, status, severity, subject, expected, observed, evidence_query, collected_at,
    frameworks, control_ids, coverages)
  with mapping as materialized (
    select p.*
    from comply_private.mappings_at(v_started) as p
    where p.source = 'check'
  ),
  -- What a tenant added bears on no other tenant's findings, and those do not show it. Once a check, as a thousand
  -- tenants have thousands of findings of it.
  mapped as materialized (
    select
      c.check_id,
      s.sees_own,
      coalesce(
        array_agg(p.framework_id order by p.framework_id, p.control_id) filter (where p.control_id is not null), '{}')
        as frameworks,
      coalesce(
        array_agg(p.control_id order by p.framework_id, p.control_id) filter (where p.control_id is not null), '{}')
        as control_ids,
      coalesce(
        array_agg(p.coverage order by p.framework_id, p.control_id) filter (where p.control_id is not null), '{}')
        as coverages
    from comply.checks as c
    cross join (values (true), (false)) as s (sees_own)
    left join mapping as p on p.source_id = c.check_id and (p.tenant_id is null or s.sees_own)
    group by c.check_id, s.sees_own
  )
  select
    coalesce(f.tenant_id, '_system'),
    -- In the order in which they were found, also within a millisecond.
    overlay(v_run::text placing lpad(to_hex(f.ordinality), 12, '0') from 25)::uuid,
    v_run,
    f.check_id,
    f.status,
    f.severity,
    f.subject,
    f.expected,
    f.observed,
    f.evidence_query,
    f.collected_at,
    m.frameworks,
    m.control_ids,
    m.coverages
  from unnest(v_all) with ordinality as f
  join mapped as m
    on m.check_id = f.check_id
   and m.sees_own = coalesce(f.tenant_id = comply.current_tenant(), f.tenant_id is null);

  insert into comply.check_runs (
    tenant_id, id, framework_id, started_at, ended_at, server_version, schema_version, frameworks, mapping_hash,
    check_count, finding_count, findings_hash)
  select
    coalesce(comply.current_tenant(), '_system'),
    v_run,
    run_checks.framework,
    v_started,
    v_started + (clock_timestamp() - v_clock),
    current_setting('server_version'),
    comply.schema_version(),
    coalesce(jsonb_object_agg(m.framework_id, m.version), '{}'),
    sha256(convert_to(
      coalesce(string_agg(to_jsonb(m)::text, E'\n' order by to_jsonb(m)::text collate "C"), ''), 'UTF8')),
    v_check_count,
    cardinality(v_all),
    comply_private.findings_hash(v_run)
  from comply_private.mappings_at(v_started) as m;

  return v_run;
end;
$$;

comment on function comply.run_checks(text) is
  'Ask every check, or those that bear on a framework, and record what they find; return the run. In the context of a '
  'tenant, the frameworks that it added are asked as well. A check that raises becomes a finding. Raises PC600.';

revoke execute on function comply.run_checks(text) from public;
grant  execute on function comply.run_checks(text) to comply_auditor, comply_admin, comply_operator;
