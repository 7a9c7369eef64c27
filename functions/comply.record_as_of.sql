-- Runs with the caller's rights: a tenant sees its own rows.
create or replace function comply.record_as_of(table_name text, record_id uuid, at timestamptz)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_table text := comply.audited_table(record_as_of.table_name);
  v_last  record;
begin
  select a.operation, a.new_values
  into v_last
  from comply.audit_trail as a
  where a.record_id = record_as_of.record_id
    and a.table_name = v_table
    and a."timestamp" <= record_as_of.at
  order by a.id desc
  limit 1;

  if not found or v_last.operation in ('DELETE', 'TRUNCATE') then
    return null;
  end if;

  if v_last.new_values is null then
    raise exception 'row % of comply.% was audited without its image', record_as_of.record_id, v_table
      using errcode = 'PC202',
            hint    = 'comply.record_history() tells who changed it, and whether an erasure removed the image; images '
                      'start with audit level standard.';
  end if;

  return v_last.new_values;
end;
$$;

comment on function comply.record_as_of(text, uuid, timestamptz) is
  'Return a row as it was at a time, or null where it did not exist. Raises PC201, PC202.';

revoke execute on function comply.record_as_of(text, uuid, timestamptz) from public;
grant  execute on function comply.record_as_of(text, uuid, timestamptz)
  to comply_app, comply_reader, comply_auditor, comply_admin;
