-- is_guard: refuses changes of what is evidence; the others write the trail, and what else has to follow a change. One of
-- the name that fires on something else, on a condition, or calls another function is not there.
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
      join pg_proc as p on p.oid = t.tgfoid
      where t.tgrelid = c.oid
        and t.tgname = w.name
        and t.tgenabled = 'A'
        and t.tgqual is null
        and p.pronamespace = 'comply_private'::regnamespace
        and p.proname = case w.name
          when '_100_refuse_change'
            then case c.relname when 'audit_trail' then 'tg_audit_trail__refuse' else 'tg__refuse' end
          when '_500_note_redaction' then 'tg_audit_trail__note_redaction'
          when '_530_audit_truncate' then 'tg__audit_truncate'
          when '_600_log_reads' then 'tg_tenant_configs__log_reads'
          else format('tg_%s__audit', c.relname)
        end
        and case w.name
          -- After insert, delete or update by statement, before truncate; what refuses, before all three.
          when '_500_audit_insert' then t.tgtype = 4
          when '_520_audit_delete' then t.tgtype = 8
          when '_530_audit_truncate' then t.tgtype = 34
          when '_100_refuse_change' then t.tgtype = 58
          when '_600_log_reads' then true
          else t.tgtype = 16
        end
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
