create or replace function comply.audited_table(table_name text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_name  text := regexp_replace(audited_table.table_name, '^comply\.', '');
  v_names text;
begin
  if exists (
    select
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = 'comply'::regnamespace
      and c.relname = v_name
      and not c.relispartition
      and t.tgname = '_530_audit_truncate'
  ) then
    return v_name;
  end if;

  select string_agg(c.relname, ', ' order by c.relname)
  into v_names
  from pg_trigger as t
  join pg_class as c on c.oid = t.tgrelid
  where c.relnamespace = 'comply'::regnamespace
    and not c.relispartition
    and t.tgname = '_530_audit_truncate';

  raise exception 'table % is not audited', quote_nullable(audited_table.table_name)
    using errcode = 'PC201',
          hint    = format('Pass one of %s.', v_names);
end;
$$;

comment on function comply.audited_table(text) is
  'Return a table''s name as the audit trail writes it. Raises PC201.';

revoke execute on function comply.audited_table(text) from public;
grant  execute on function comply.audited_table(text)
  to comply_app, comply_reader, comply_auditor, comply_admin;
