-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant. Copies that came back
-- from an archive are of rows that have their certificate, and get no other.
create or replace function comply.check_erasures_proven()
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
    'erasures_proven',
    'keys shredded, rows certified, and a day known from which no copy is left',
    'erasures',
    array(
      select (
        e.id::text,
        case
          when e.shredded_at is not null then s.keys_left = 0 and s.tables_without = 0
          when comply.now() <= e.due_at then true
          when e.matter is null then false
        end,
        jsonb_build_object(
          'scope', e.scope, 'state', e.state, 'due_at', e.due_at, 'effective_at', e.effective_at,
          'keys_left', s.keys_left, 'tables_without_certificate', s.tables_without, 'matter', e.matter),
        e.tenant_id
      )::comply_private.judged
      from comply.erasures as e
      cross join lateral (
        select
          (
            select count(*)
            from comply_private.data_keys as k
            where k.tenant_id = e.tenant_id
              and k.key_id = any (e.key_ids)
              and k.state <> 'shredded'
          ),
          (
            select count(*)
            from jsonb_each_text(e.rows_destroyed) as r (table_name, rows)
            where r.rows::bigint > 0
              and r.table_name <> 'restored_rows'
              and not exists (
                select
                from comply.destruction_certificates as d
                where d.tenant_id = e.tenant_id
                  and d.table_name = r.table_name
                  and d.verdict = 'ERASURE'
                  and d.destroyed_at >= e.shredded_at
              )
          )
      ) as s (keys_left, tables_without)
    )) as f;
end;
$$;

comment on function comply.check_erasures_proven() is
  'Check that each erasure is carried out in time, with its keys shredded, a certificate for the rows and a '
  'day from which no backup has them; one that a hold defers past its day is for a person to judge.';

revoke execute on function comply.check_erasures_proven() from public;
grant  execute on function comply.check_erasures_proven() to comply_auditor, comply_admin, comply_operator;
