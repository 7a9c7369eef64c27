-- Runs with the caller's rights: a tenant sees its own rows, an auditor those of all. Month by month, newest
-- first, each planned for its own values: what is frequent ends in the first month, and what is rare there has a
-- plan of its own. The order is total, so that no page repeats or skips a row that was there when it began.
create or replace function comply.audit_search(
  tenant_id      text        default null,
  table_name     text        default null,
  actor          text        default null,
  operation      text        default null,
  since          timestamptz default '-infinity',
  before         timestamptz default 'infinity',
  changed_column text        default null,
  correlation_id uuid        default null,
  row_limit      integer     default 100,
  after          text        default null
)
returns setof comply.audit_entry
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant  text := audit_search.tenant_id;
  v_table   text;
  v_cursor  text[];
  v_at      timestamptz;
  v_is_rare boolean;
  v_scope   text;
  v_query   text;
  v_changes text[];
  v_found   bigint;
  v_left    integer := audit_search.row_limit;
  v_period  record;
begin
  if coalesce(v_left, 0) not between 1 and 1000 then
    raise exception 'row_limit % is out of range', coalesce(v_left::text, 'null')
      using errcode = 'PC220',
            hint    = 'Pass 1 to 1000; the cursor of the last row, passed as after, asks for the next page.';
  end if;

  if audit_search.operation not in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REDACT') then
    raise exception 'operation % is none of the trail', quote_literal(audit_search.operation)
      using errcode = 'PC221',
            hint    = 'Pass INSERT, UPDATE, DELETE, TRUNCATE or REDACT.';
  end if;

  if audit_search.table_name is not null then
    v_table := comply.audited_table(audit_search.table_name);
  end if;

  if audit_search.after is not null then
    v_cursor := regexp_match(
      audit_search.after,
      '^(\d{1,16})/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/(\d{1,19})/(.*)$');

    if v_cursor is null then
      raise exception 'after % is no cursor', quote_literal(left(audit_search.after, 100))
        using errcode = 'PC222',
              hint    = 'Pass the column cursor of the last row of a page, as it is.';
    end if;

    v_at := timestamptz 'epoch' + v_cursor[1]::bigint * interval '1 microsecond';
  end if;

  -- A policy is opaque to the planner, which would take a tenant with half of all rows for an average one.
  if row_security_active('comply.audit_trail')
     and (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
  then
    if v_tenant <> comply.require_tenant() then
      return;
    end if;

    v_tenant := comply.require_tenant();
  end if;

  -- Whether all that is asked for has a key, comply_private.change_key() decides.
  v_is_rare := audit_search.changed_column is not null
    or coalesce(audit_search.operation <> 'INSERT', false)
    or coalesce(v_table not in ('storage_records', 'detector_executions', 'model_metrics'), false);

  v_scope := concat(
    'from comply.audit_trail as a where a."timestamp" >= $1 and a."timestamp" < $2',
    case when v_tenant is not null then ' and a.tenant_id = $3' end);

  -- CASE hides its condition from the planner: the keys have told already how many rows there are.
  v_query := concat(
    $q$
      select
        a."timestamp", a.tenant_id, a.table_name, a.record_id, a.operation,
        comply.changed_columns(a.operation, a.old_values, a.new_values),
        a.actor, a.user_id, a.active_role, a.old_values, a.new_values, a.correlation_id, a.ip_address,
        a.user_agent, a.transaction_id, a.id, a.redacted_digest,
        concat_ws('/', (extract(epoch from a."timestamp") * 1000000)::bigint, a.id, a.transaction_id, a.tenant_id)
    $q$,
    v_scope,
    case when v_table is not null then ' and a.table_name = $4' end,
    case when audit_search.actor is not null then ' and a.actor = $5' end,
    case when audit_search.operation is not null then ' and a.operation = $6' end,
    case when v_is_rare then ' and a.change = any ($7)' end,
    case
      when audit_search.changed_column is not null then
        ' and case when $8 = any (comply.changed_columns(a.operation, a.old_values, a.new_values)) then true end'
    end,
    case when audit_search.correlation_id is not null then ' and a.correlation_id = $9' end,
    case
      when v_cursor is not null then
        ' and (a."timestamp", a.id, a.tenant_id, a.transaction_id) < ($10, $11, $12, $13)'
    end,
    ' order by a."timestamp" desc, a.id desc, a.tenant_id desc, a.transaction_id desc limit $14');

  for v_period in
    select
      greatest(p.period_from, audit_search.since) as begins,
      least(p.period_to, audit_search.before, v_at + interval '1 microsecond') as ends
    from comply.audit_periods(
      audit_search.since, least(audit_search.before, v_at + interval '1 microsecond')) as p
    order by p.period_from desc
  loop
    -- From one key to the next through the index: there are tens of them, however many rows.
    if v_is_rare then
      execute format(
        $q$
          with recursive found as (
            (select a.change %1$s and a.change is not null order by a.change limit 1)
            union all
            select (select a.change %1$s and a.change > f.change order by a.change limit 1)
            from found as f
            where f.change is not null
          )
          select array_agg(f.change)
          from found as f
          where ($4 is null or starts_with(f.change, concat($4, ' ')))
            and ($5 is null or strpos(f.change, concat(' ', $5)) > 0)
            and (strpos(concat(',', translate(f.change, ' ', ','), ','), $6) > 0 or right(f.change, 2) = ' *')
        $q$,
        v_scope)
      into v_changes
      using
        v_period.begins,
        v_period.ends,
        v_tenant,
        audit_search.operation,
        v_table,
        coalesce(',' || translate(audit_search.changed_column, ' ', ',') || ',', '');

      continue when v_changes is null;
    end if;

    return query execute v_query
    using
      v_period.begins,
      v_period.ends,
      v_tenant,
      v_table,
      audit_search.actor,
      audit_search.operation,
      v_changes,
      audit_search.changed_column,
      audit_search.correlation_id,
      v_at,
      v_cursor[2]::uuid,
      v_cursor[4],
      v_cursor[3]::xid8,
      v_left;

    get diagnostics v_found = row_count;
    v_left := v_left - v_found;
    exit when v_left = 0;
  end loop;
end;
$$;

comment on function comply.audit_search(
  text, text, text, text, timestamptz, timestamptz, text, uuid, integer, text
) is
  'Return a page of the audit trail, the newest row first: by any of tenant, table, actor, operation, time, '
  'changed column and correlation id. The cursor of the last row, passed as after, asks for the page that '
  'follows; a page that is not full is the last. Raises PC004, PC201, PC220, PC221, PC222.';

revoke execute on function comply.audit_search(
  text, text, text, text, timestamptz, timestamptz, text, uuid, integer, text
) from public;
grant  execute on function comply.audit_search(
  text, text, text, text, timestamptz, timestamptz, text, uuid, integer, text
)
  to comply_app, comply_reader, comply_auditor, comply_admin;
