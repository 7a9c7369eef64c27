-- Lists tenants' slices, which callers cannot, so it has the owner's rights. One that was archived and not verified is
-- still due.
create or replace function comply.archives_due()
returns table (table_name text, tenant text, covers_from timestamptz, covers_until timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select i.table_name, s.tenant_id, s.covers_from, s.covers_until
  from comply.retention_items as i
  join comply.retention_slices as s on s.item_id = i.id
  left join comply.archives as a on a.tenant_id = s.tenant_id and a.id = s.archive_id
  where i.state in ('approved', 'archived')
    and s.action = 'archive'
    and a.verified_at is null
  order by i.month, i.table_name, s.tenant_id, s.covers_from;
end;
$$;

comment on function comply.archives_due() is
  'Return the slices whose archives retention waits for, the oldest month first.';

revoke execute on function comply.archives_due() from public;
grant  execute on function comply.archives_due() to comply_admin, comply_operator;
