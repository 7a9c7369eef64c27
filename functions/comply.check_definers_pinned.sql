-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_definers_pinned()
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
    'definers_pinned',
    'search_path is set for the function, and pg_temp comes last in it',
    'functions with their owner''s rights',
    array(
      select (
        p.oid::regprocedure::text,
        coalesce(s.path ~ '(^|, ?)"?pg_temp"?$' and s.path !~ '\$user', false),
        jsonb_build_object('search_path', s.path),
        null
      )::comply_private.judged
      from pg_proc as p
      left join lateral (
        select substring(c.setting from '^search_path=(.*)$') as path
        from unnest(p.proconfig) as c (setting)
        where c.setting ~ '^search_path='
      ) as s on true
      where p.prosecdef
        and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and not exists (
          select
          from pg_depend as d
          where d.classid = 'pg_proc'::regclass
            and d.objid = p.oid
            and d.deptype = 'e'
        )
    )) as f;
end;
$$;

comment on function comply.check_definers_pinned() is
  'Check that each function with its owner''s rights pins its search_path, or a caller could put objects of its own in '
  'the way. Functions of extensions are those of their authors.';

revoke execute on function comply.check_definers_pinned() from public;
grant  execute on function comply.check_definers_pinned() to comply_auditor, comply_admin, comply_operator;
