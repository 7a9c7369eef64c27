-- Writes what callers cannot, so it has the owner's rights, and names the tenant itself. A repeat of an
-- activity adds what is new of it and changes nothing else, so callers may retry blindly.
create or replace function comply.record_lineage(
  activity    text,
  used        text[] default '{}',
  generated   text[] default '{}',
  agent       text default null,
  detail      jsonb default '{}',
  activity_id uuid default null,
  happened_at timestamptz default null,
  tenant_id   text default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_context text := comply_private.scope_tenant();
  v_tenant  text := coalesce(record_lineage.tenant_id, v_context, '_system');
  v_id      uuid := coalesce(record_lineage.activity_id, comply.new_id());
  v_node    text := format('%s:%s', record_lineage.activity, v_id);
  v_wrong   text;
begin
  if v_tenant <> '_system' or v_context is not null then
    perform comply_private.require_scope(v_tenant);
  end if;

  select n.name
  into v_wrong
  from (
    select u.name, true as is_source from unnest(record_lineage.used) as u (name)
    union all
    select g.name, false from unnest(record_lineage.generated) as g (name)
  ) as n
  where n.name is null
     or length(n.name) > 400
     or n.name !~ '^[a-z][a-z_]*:\S(.*\S)?$'
     or (n.name ~ '^records:' and (
       not n.is_source
       or n.name !~ '^records:\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?Z?)?/\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?Z?)?$'
     ))
  limit 1;

  if found or record_lineage.activity is null or record_lineage.activity !~ '^[a-z][a-z_]{0,62}$' then
    raise exception 'activity % with % is no lineage', quote_nullable(record_lineage.activity), quote_nullable(v_wrong)
      using errcode = 'PC613',
            hint    = 'Name an activity in lower case, and each thing as kind:name, such as record:0190…, '
                      'model:llama-guard/3, file:night.jsonl; what is used also as records:2026-01-01/2026-02-01.';
  end if;

  insert into comply.lineage_events (
    tenant_id, activity_id, activity, node, relation, source, covers_from, covers_until, detail, happened_at)
  select
    v_tenant, v_id, record_lineage.activity, s.node, s.relation,
    case
      when s.covers_from is null then s.source
      else format('records:%s/%s', comply_private.utc_text(s.covers_from), comply_private.utc_text(s.covers_until))
    end,
    s.covers_from, s.covers_until, coalesce(record_lineage.detail, '{}'),
    coalesce(record_lineage.happened_at, comply.now())
  from (
    select
      v_node as node,
      'used' as relation,
      u.name as source,
      case when u.name ~ '^records:' then split_part(substr(u.name, 9), '/', 1)::timestamptz end as covers_from,
      case when u.name ~ '^records:' then split_part(substr(u.name, 9), '/', 2)::timestamptz end as covers_until
    from unnest(record_lineage.used) as u (name)
    union all
    select g.name, 'wasGeneratedBy', v_node, null, null
    from unnest(record_lineage.generated) as g (name)
    union all
    select
      v_node, 'wasAssociatedWith',
      'agent:' || coalesce(record_lineage.agent, comply.current_actor(), session_user), null, null
  ) as s
  on conflict on constraint lineage_events_statement_key do nothing;

  return v_id;
end;
$$;

comment on function comply.record_lineage(text, text[], text[], text, jsonb, uuid, timestamptz, text) is
  'Record that an activity used some things and generated others, each as kind:name, for the tenant in '
  'context or, by an administrator, for another or for none; return the id of the activity. Idempotent by '
  'that id. Raises PC003, PC004, PC332, PC613.';

revoke execute on function comply.record_lineage(text, text[], text[], text, jsonb, uuid, timestamptz, text)
  from public;
grant  execute on function comply.record_lineage(text, text[], text[], text, jsonb, uuid, timestamptz, text)
  to comply_app, comply_admin;
