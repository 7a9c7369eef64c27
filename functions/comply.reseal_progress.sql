-- Reads what callers cannot, so it has the owner's rights; it shows no key.
create or replace function comply.reseal_progress(tenant_id text)
returns table (
  table_name  text,
  column_name text,
  key_id      uuid,
  is_due      boolean,
  rows_done   bigint,
  passes      integer,
  started_at  timestamptz,
  finished_at timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  select
    e.table_name, e.column_name, k.key_id,
    r.finished_at is null and exists (
      select
      from comply_private.data_keys as o
      where o.tenant_id = k.tenant_id
        and o.purpose = 'enc'
        and o.subject_digest is null
        and o.state = 'retiring'
    ),
    coalesce(r.rows_done, 0), coalesce(r.passes, 0), r.started_at, r.finished_at
  from comply_private.data_keys as k
  cross join comply.encrypted_columns as e
  left join comply_private.reseals as r
    on r.tenant_id = k.tenant_id
   and r.key_id = k.key_id
   and r.table_name = e.table_name
   and r.column_name = e.column_name
  where k.tenant_id = reseal_progress.tenant_id
    and k.purpose = 'enc'
    and k.subject_digest is null
    and k.state = 'active'
  order by 1, 2;
end;
$$;

comment on function comply.reseal_progress(text) is
  'Return how far the rows of a tenant have come to its newest key, by encrypted column; is_due: not all are known '
  'to be there.';

revoke execute on function comply.reseal_progress(text) from public;
grant  execute on function comply.reseal_progress(text)
  to comply_auditor, comply_admin, comply_operator;
