-- Rows for every tenant are shown to each, which policies do not, so it has the owner's rights and names the
-- tenant itself.
create or replace function comply.processing_record(tenant_id text default null)
returns table (
  tenant          text,
  activity        text,
  role            text,
  purpose         text,
  legal_basis     text,
  controller      text,
  table_name      text,
  subject_kinds   text[],
  classification  text,
  personal_columns text[],
  kept_for        interval,
  kept_by         text,
  recipients      jsonb,
  security        text,
  valid_from      timestamptz,
  valid_until     timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_tenant text := comply_private.scope_tenant();
begin
  if v_tenant is not null and processing_record.tenant_id is distinct from v_tenant
     and processing_record.tenant_id is not null
  then
    perform comply_private.require_scope(processing_record.tenant_id);
  end if;

  v_tenant := coalesce(v_tenant, processing_record.tenant_id);

  return query
  select
    p.tenant,
    p.name,
    p.role,
    p.purpose,
    p.legal_basis,
    p.controller,
    t.name,
    l.subject_kinds,
    comply_private.table_classification(t.name),
    l.personal_columns,
    k.keep,
    k.rule,
    (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'recipient', r.recipient, 'country', r.country, 'safeguard', r.safeguard, 'reason', r.reason)
          order by r.recipient, r.country),
        '[]')
      from comply.processing_recipients as r
      where r.tenant = p.tenant
        and r.activity = p.name
    ),
    p.security,
    p.valid_from,
    p.valid_until
  from comply.processing_activities as p
  cross join lateral unnest(p.tables) as t (name)
  cross join lateral (
    select
      array_agg(distinct c.subject_kind order by c.subject_kind) as subject_kinds,
      array_agg(c.column_name order by c.column_name) as personal_columns
    from comply.column_labels as c
    where c.table_name = t.name
      and c.subject_kind is not null
  ) as l
  left join lateral comply_private.retention_rule(coalesce(v_tenant, p.tenant), t.name) as k
    on t.name in (select m.table_name from comply_private.retained_tables() as m)
  where v_tenant is null
     or p.tenant in (v_tenant, '*')
  order by p.tenant, p.name, t.name;
end;
$$;

comment on function comply.processing_record(text) is
  'Return the record of processing that article 30 of the GDPR asks for, one row an activity and table: '
  'whose data it is by the labels, how long it is kept by the rules of retention, and who gets it. Of the '
  'tenant in context, of one, or of all. Raises PC004, PC332.';

revoke execute on function comply.processing_record(text) from public;
grant  execute on function comply.processing_record(text) to comply_app, comply_reader, comply_auditor, comply_admin;
