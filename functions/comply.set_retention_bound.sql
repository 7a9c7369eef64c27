-- Writes bounds, which callers cannot, so it has the owner's rights: nobody chooses who set one.
create or replace function comply.set_retention_bound(
  table_name     text,
  basis          text,
  minimum        interval default null,
  maximum        interval default null,
  classification text default '*'
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if set_retention_bound.table_name is distinct from '*'
     and not exists (
       select
       from comply_private.retained_tables() as t
       where t.table_name = set_retention_bound.table_name
     )
  then
    raise exception 'table % has no months', quote_nullable(set_retention_bound.table_name)
      using errcode = 'PC307',
            hint    = format('Pass * or one of %s.', (
              select string_agg(t.table_name, ', ')
              from comply_private.retained_tables() as t
            ));
  end if;

  if coalesce(set_retention_bound.minimum, set_retention_bound.maximum) is null then
    delete from comply.retention_bounds as b
    where b.table_name = set_retention_bound.table_name
      and b.classification = set_retention_bound.classification;

    return found;
  end if;

  insert into comply.retention_bounds as b (table_name, classification, minimum, maximum, basis)
  values (
    set_retention_bound.table_name, set_retention_bound.classification, set_retention_bound.minimum,
    set_retention_bound.maximum, set_retention_bound.basis)
  on conflict on constraint retention_bounds_pkey do update
  set minimum = excluded.minimum,
      maximum = excluded.maximum,
      basis = excluded.basis,
      set_by = session_user,
      set_at = comply.now()
  where (b.minimum, b.maximum, b.basis) is distinct from (excluded.minimum, excluded.maximum, excluded.basis);

  return found;
end;
$$;

comment on function comply.set_retention_bound(text, text, interval, interval, text) is
  'Set what a regulation asks of every rule for a table, or for all (*): to keep at least, or at most, so long; with '
  'neither, drop the bound. True if this call changed it. Idempotent. Raises PC307.';

revoke execute on function comply.set_retention_bound(text, text, interval, interval, text) from public;
grant  execute on function comply.set_retention_bound(text, text, interval, interval, text) to comply_admin;
