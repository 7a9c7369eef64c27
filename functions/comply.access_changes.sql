-- Reads reviews, which callers cannot, so it has the owner's rights. Nothing is there before the first review.
create or replace function comply.access_changes()
returns table (change text, grantee text, privilege text, kind text, object text, is_grantable boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  with review as (
    select v.entitlements
    from comply_private.access_reviews as v
    order by v.reviewed_at desc, v.id desc
    limit 1
  ),
  reviewed as (
    select e.*
    from review as v
    cross join lateral jsonb_to_recordset(v.entitlements)
      as e (grantee text, privilege text, kind text, object text, is_grantable boolean)
  ),
  current as (
    select e.*
    from comply.entitlements() as e
    where exists (select from review)
  )
  select 'added', a.*
  from (select c.* from current as c except select r.* from reviewed as r) as a
  union all
  select 'removed', a.*
  from (select r.* from reviewed as r except select c.* from current as c) as a
  order by 1, 4, 5, 2, 3;
end;
$$;

comment on function comply.access_changes() is
  'Return what was given or taken away since comply.record_access_review() was last called.';

revoke execute on function comply.access_changes() from public;
grant  execute on function comply.access_changes() to comply_auditor, comply_admin;
