-- Hashes with a function that callers cannot reach, so it has the owner's rights; it names the tenant itself, and tells
-- nothing but what comply.erasures shows its caller.
create or replace function comply.erased_subjects(subject_ids text[])
returns setof text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_tenant text := comply.require_tenant();
begin
  return query
  select s.subject_id
  from unnest(erased_subjects.subject_ids) as s (subject_id)
  where comply_private.subject_digest(v_tenant, s.subject_id) in (
    select e.subject_digest
    from comply.erasures as e
    where e.tenant_id = v_tenant
      and e.state in ('shredded', 'done')
  );
end;
$$;

comment on function comply.erased_subjects(text[]) is
  'Return which of some subjects of the tenant were erased. Raises PC004.';

revoke execute on function comply.erased_subjects(text[]) from public;
grant  execute on function comply.erased_subjects(text[]) to comply_app, comply_admin;
