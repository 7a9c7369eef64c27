-- The erasure has the digest only, so what is there is hashed: the subjects of the tenant's tables, by their index, and
-- those in images of transactions that the erasure could not see.
create or replace function comply_private.late_subjects(erasure_tenant text, digests bytea[], sweep_from xid8)
returns table (subject_id text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_query text;
begin
  select string_agg(
    format('select distinct t.%1$I from comply.%2$I as t where t.tenant_id = $1 and t.%1$I is not null',
           c.column_name, c.table_name),
    ' union ')
  into v_query
  from comply_private.subject_columns as c;

  return query execute format(
    $q$
      select s.subject_id
      from (
        %s
        union
        select i.image ->> c.column_name
        from comply.audit_trail as a
        join comply_private.subject_columns as c on c.table_name = a.table_name
        cross join lateral (values (a.old_values), (a.new_values)) as i (image)
        where a.tenant_id = $1
          and a.transaction_id >= $3
          and a.redacted_digest is null
      ) as s (subject_id)
      where comply_private.subject_digest($1, s.subject_id) = any ($2)
    $q$,
    v_query)
  using late_subjects.erasure_tenant, late_subjects.digests, late_subjects.sweep_from;
end;
$$;

comment on function comply_private.late_subjects(text, bytea[], xid8) is
  'Return the subjects of a tenant that have one of some digests, where rows or late images of them are there.';

revoke execute on function comply_private.late_subjects(text, bytea[], xid8) from public;
