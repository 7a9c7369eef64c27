-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_restricted_encrypted()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'restricted_encrypted',
    'it takes nothing but envelopes, or its waiver says why',
    'restricted columns',
    array(
      select (
        format('%s.%s', l.table_name, l.column_name),
        l.waiver is not null or (
          exists (
            select
            from comply.encrypted_columns as e
            where e.table_name = l.table_name
              and e.column_name = l.column_name
          )
          and exists (
            select
            from pg_constraint as k
            where k.conrelid = to_regclass(format('comply.%I', l.table_name))
              and k.conname = format('%s_%s_check', l.table_name, l.column_name)
              and k.convalidated
              and pg_get_constraintdef(k.oid) ~ '\mis_envelope\('
          )
        ),
        jsonb_build_object('waiver', l.waiver is not null),
        null
      )::comply_private.judged
      from comply.column_labels as l
      where l.classification = 'restricted'
        and l.source <> 'suspected'
    )) as f;
end;
$$;

comment on function comply.check_restricted_encrypted() is
  'Check that each restricted column takes nothing but envelopes, or has a waiver that says why it may.';

revoke execute on function comply.check_restricted_encrypted() from public;
grant  execute on function comply.check_restricted_encrypted() to comply_auditor, comply_admin, comply_operator;
