-- Every table of tenants that has months. rows: single rows may go; whole: evidence, of which only whole months may;
-- sealed: such evidence as the ledger seals.
create or replace function comply_private.retained_tables()
returns table (table_name text, kind text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select
    c.relname::text,
    case
      when c.relname in (select s.name from comply_private.ledger_streams() as s (name)) then 'sealed'
      when c.relname = any (comply_private.evidence_tables()) then 'whole'
      else 'rows'
    end
  from pg_partitioned_table as p
  join pg_class as c on c.oid = p.partrelid
  where c.relnamespace = 'comply'::regnamespace
    and p.partstrat = 'r'
    and exists (
      select
      from pg_attribute as a
      where a.attrelid = c.oid
        and a.attname = 'tenant_id'
        and not a.attisdropped
    )
  order by c.relname;
end;
$$;

comment on function comply_private.retained_tables() is
  'Return the tables whose months can be destroyed, and how: rows, whole or sealed.';

revoke execute on function comply_private.retained_tables() from public;
