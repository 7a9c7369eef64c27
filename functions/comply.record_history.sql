-- Runs with the caller's rights: a tenant sees the history of its own rows. Ordered by id, which is the order
-- in which the changes of one row were made; transaction ids are not. Where an erasure removed images, its lines say
-- so, each naming in after the erasure that did it.
create or replace function comply.record_history(table_name text, record_id uuid)
returns table (
  changed_at      timestamptz,
  operation       text,
  changed_columns text[],
  actor           text,
  user_id         text,
  before          jsonb,
  after           jsonb,
  correlation_id  uuid,
  transaction_id  xid8,
  audit_id        uuid
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_table text := comply.audited_table(record_history.table_name);
begin
  -- One read of the trail for the log of reads, and a second only where something was redacted.
  return query
  with own as materialized (
    select t.*
    from comply.audit_trail as t
    where t.record_id = record_history.record_id
      and t.table_name = v_table
  )
  select
    a."timestamp",
    a.operation,
    case when a.redacted_digest is null then comply.changed_columns(a.operation, a.old_values, a.new_values) end,
    a.actor,
    a.user_id,
    case when a.operation <> 'UPDATE' then a.old_values else a.new_values || a.old_values end,
    a.new_values,
    a.correlation_id,
    a.transaction_id,
    a.id
  from (
    select o.*
    from own as o
    union all
    select e.*
    from own as o
    cross join lateral (
      select r.*
      from comply.audit_trail as r
      where r.tenant_id = o.tenant_id
        and r.record_id = o.id
        and r.table_name = 'audit_trail'
        and r.operation = 'REDACT'
      offset 0
    ) as e
    where o.redacted_digest is not null
  ) as a
  order by a.id;
end;
$$;

comment on function comply.record_history(text, uuid) is
  'Return every change of a row, the first first, with the whole row before and after; REDACT: an erasure removed what '
  'a change before it had of the row. Raises PC201.';

revoke execute on function comply.record_history(text, uuid) from public;
grant  execute on function comply.record_history(text, uuid)
  to comply_app, comply_reader, comply_auditor, comply_admin;
