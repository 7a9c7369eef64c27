-- Reads records, which an auditor may not, to name them and what they came from, and no more of them; so it
-- has the owner's rights, and names the tenant itself. Two walks, back to causes and on to effects, that
-- never turn around: from a record back to its model and on from there would be every record of the model.
create or replace function comply.lineage_of_entity(entity text, depth integer default 5)
returns table (
  direction   text,
  distance    integer,
  tenant_id   text,
  node        text,
  relation    text,
  source      text,
  happened_at timestamptz,
  basis       text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_tenant    text := comply_private.scope_tenant();
  v_owner     text := v_tenant;
  v_id        uuid;
  v_direction text;
  v_frontier  text[];
  v_seen      text[];
  v_next      text[];
  v_step      record;
begin
  if lineage_of_entity.entity is null
     or lineage_of_entity.entity !~ '^[a-z][a-z_]*:\S'
     or lineage_of_entity.depth not between 1 and 20
     or lineage_of_entity.depth is null
  then
    raise exception 'entity % has no lineage to a depth of %',
      quote_nullable(left(lineage_of_entity.entity, 100)), lineage_of_entity.depth
      using errcode = 'PC614',
            hint    = 'Pass kind:name, such as record:0190… or file:night.jsonl, and a depth of 1 to 20.';
  end if;

  -- Whose it is, for those who see every tenant: keys begin with the tenant.
  if v_owner is null
     and lineage_of_entity.entity ~ '^(record|execution):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  then
    v_id := split_part(lineage_of_entity.entity, ':', 2)::uuid;

    select a.tenant_id
    into v_owner
    from comply.audit_trail as a
    where a.record_id = v_id
    limit 1;

    if not found then
      select c.tenant_id
      into v_owner
      from comply.tenant_configs as c
      where exists (select from comply.storage_records as r where r.tenant_id = c.tenant_id and r.id = v_id)
         or exists (select from comply.detector_executions as x where x.tenant_id = c.tenant_id and x.id = v_id)
      limit 1;
    end if;
  end if;

  foreach v_direction in array array['back', 'on']
  loop
    v_frontier := array[lineage_of_entity.entity];
    v_seen := v_frontier;

    for v_distance in 1 .. lineage_of_entity.depth
    loop
      v_next := '{}';

      for v_step in
        select distinct s.*
        from comply_private.lineage_before(v_frontier, v_owner) as s
        where v_direction = 'back'
        union
        select s.*
        from comply_private.lineage_after(v_frontier, v_owner) as s
        where v_direction = 'on'
        order by 2, 3, 4
      loop
        direction := v_direction;
        distance := v_distance;
        tenant_id := v_step.tenant;
        node := v_step.node;
        relation := v_step.relation;
        source := v_step.source;
        happened_at := v_step.happened_at;
        basis := v_step.basis;
        return next;
        v_next := v_next || case v_direction when 'back' then v_step.source else v_step.node end;
      end loop;

      v_frontier := array(select distinct n.name from unnest(v_next) as n (name) where n.name <> all (v_seen));
      exit when v_frontier = '{}';
      v_seen := v_seen || v_frontier;
    end loop;
  end loop;
end;
$$;

comment on function comply.lineage_of_entity(text, integer) is
  'Return what something goes back to and what goes back to it, in the words of W3C PROV, up to so many '
  'steps: record:ID, execution:ID, archive:ID, restore:ID, text:SHA256, column:SCHEMA.VIEW.COLUMN, or '
  'anything that comply.record_lineage() named. Raises PC004, PC614.';

revoke execute on function comply.lineage_of_entity(text, integer) from public;
grant  execute on function comply.lineage_of_entity(text, integer)
  to comply_app, comply_reader, comply_auditor, comply_admin;
