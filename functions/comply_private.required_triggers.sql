-- is_guard: refuses changes of what is evidence; the others write the trail, and what else has to follow a change.
create or replace function comply_private.required_triggers()
returns table (table_name text, trigger_name text, is_guard boolean, is_there boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    c.relname::text,
    w.name,
    w.name = '_100_refuse_change',
    exists (
      select
      from pg_trigger as t
      where t.tgrelid = c.oid
        and t.tgname = w.name
        and t.tgenabled = 'A'
    )
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
  cross join lateral unnest(
    case
      when c.relname = 'audit_trail' then array['_100_refuse_change', '_500_note_redaction']
      when c.relname = any (comply_private.evidence_tables()) then array['_100_refuse_change']
      else array['_500_audit_insert', '_510_audit_update', '_520_audit_delete', '_530_audit_truncate']
        || case when c.relname = 'tenant_configs' then array['_600_log_reads'] end
    end) as w (name)
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition;
end;
$$;

comment on function comply_private.required_triggers() is
  'Return the triggers that each table with rows of tenants has to have, and whether it is there and enabled always.';

revoke execute on function comply_private.required_triggers() from public;
