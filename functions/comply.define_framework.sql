-- Writes frameworks, which callers cannot, so it has the owner's rights: in the context of a tenant one that is that
-- tenant's alone, without one a framework that every tenant is judged by, which is for administrators. A version stays
-- as it is; a new one ends the one before it, at a time that no report has covered yet.
create or replace function comply.define_framework(definition jsonb)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_tenant     text := comply.current_tenant();
  v_framework  text := definition ->> 'framework_id';
  v_version    text := definition ->> 'version';
  v_valid_from timestamptz;
  v_problem    text;
  v_last       record;
begin
  -- Who is in a role of services needs a context, whatever roles it has besides. A superuser is in every role.
  if v_tenant is null
     and exists (
       select
       from pg_roles as r
       where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
         and not r.rolsuper
         and pg_has_role(r.oid, 'comply_app', 'member')
     )
  then
    perform comply.require_tenant();
  end if;

  -- One at a time: two that do not see each other would end neither, and both versions would be valid. One of every tenant
  -- waits for those of tenants as well, as none of them may have its name.
  if v_tenant is null then
    lock table comply.frameworks, comply.tenant_frameworks in share row exclusive mode;
  else
    lock table comply.tenant_frameworks in row exclusive mode;

    perform
    from comply.tenant_configs as c
    where c.tenant_id = v_tenant
    for no key update;
  end if;

  v_problem := comply_private.framework_problem(define_framework.definition);

  if v_problem is null then
    if exists (
      select
      from comply.all_controls as c
      where c.framework_id = v_framework
        and (c.tenant_id is null) <> (v_tenant is null)
    ) then
      v_problem := format('the name %L is taken', v_framework);
    end if;

    v_valid_from := coalesce((definition ->> 'valid_from')::timestamptz, comply.now());
  end if;

  if v_problem is null then
    select f.version, f.valid_from, f.definition, f.version = v_version as is_same
    into v_last
    from (
      select t.version, t.valid_from, t.definition
      from comply.tenant_frameworks as t
      where t.tenant_id = v_tenant
        and t.framework_id = v_framework
      union all
      select f.version, f.valid_from, f.definition
      from comply.frameworks as f
      where v_tenant is null
        and f.framework_id = v_framework
    ) as f
    order by f.version = v_version desc, f.valid_from desc
    limit 1;

    if v_last.is_same and v_last.definition = define_framework.definition then
      return false;
    end if;

    v_problem := case
      when v_last.is_same
        then format('version %L of framework %L is there already, and stays as it is', v_version, v_framework)
      when v_valid_from <= v_last.valid_from or (v_last.version is not null and v_valid_from < comply.now())
        then format('framework %L would have been another one from %s on', v_framework, v_valid_from)
    end;
  end if;

  if v_problem is not null then
    raise exception '%', v_problem
      using errcode = 'PC601',
            hint    = 'See docs/compliance.md for the form of a definition; a change is a new version, from now on.';
  end if;

  if v_tenant is not null then
    update comply.tenant_frameworks as t
    set valid_until = v_valid_from,
        updated_at = comply.now()
    where t.tenant_id = v_tenant
      and t.framework_id = v_framework
      and t.valid_until is null;

    insert into comply.tenant_frameworks (tenant_id, framework_id, version, title, definition, valid_from)
    values (
      v_tenant, v_framework, v_version, definition ->> 'title', define_framework.definition, v_valid_from);

    return true;
  end if;

  update comply.frameworks as f
  set valid_until = v_valid_from
  where f.framework_id = v_framework
    and f.valid_until is null;

  insert into comply.frameworks (framework_id, version, title, valid_from, definition)
  values (v_framework, v_version, definition ->> 'title', v_valid_from, define_framework.definition);

  insert into comply.controls (framework_id, version, control_id, title)
  select v_framework, v_version, c.control ->> 'control_id', c.control ->> 'title'
  from jsonb_array_elements(definition -> 'controls') as c (control);

  insert into comply.control_mappings (
    framework_id, version, control_id, source, source_id, coverage, valid_from)
  select
    v_framework,
    v_version,
    m.mapping ->> 'control_id',
    case when m.mapping ->> 'check' is not null then 'check' else 'label' end,
    coalesce(m.mapping ->> 'check', m.mapping ->> 'label'),
    m.mapping ->> 'coverage',
    v_valid_from
  from jsonb_array_elements(definition -> 'mappings') as m (mapping);

  return true;
end;
$$;

comment on function comply.define_framework(jsonb) is
  'Add a framework, or a new version of one, with its controls and mappings: that of the tenant in context, or one of '
  'every tenant; true if this call added it, false if it was there. Idempotent. Locks the tenant against another call. '
  'Raises PC004, PC601.';

revoke execute on function comply.define_framework(jsonb) from public;
grant  execute on function comply.define_framework(jsonb) to comply_app, comply_admin;
