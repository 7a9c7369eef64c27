-- Not wanted where a deployment has not come to the log yet. Compared by what the catalog says and not by
-- name alone: a policy of that name that calls nothing logs nothing.
create or replace function comply_private.read_hooks()
returns table (
  table_name  regclass,
  policy_name text,
  definition  text,
  is_wanted   boolean,
  is_there    boolean
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_is_wanted boolean := to_regclass('comply.access_log') is not null
    and exists (select from comply.tenant_configs as c where c.audit_level = 'verbose');
begin
  return query
  select
    c.oid::regclass,
    s.policy_name,
    s.definition,
    v_is_wanted,
    case when p.oid is not null then
      not p.polpermissive
      and p.polcmd = 'r'
      and (
        select format('to %s', string_agg(r.role::regrole::text, ', ' order by r.role::regrole::text))
        from unnest(p.polroles) as r (role)
      ) = substring(s.definition from 'to comply_\w+, comply_\w+')
      and pg_get_expr(p.polqual, p.polrelid)
        ~ format('^\( SELECT %s\(', replace(substring(s.definition from 'comply_private\.\w+'), '.', '\.'))
      and strpos(pg_get_expr(p.polqual, p.polrelid), substring(s.definition from $q$\('\w+'$q$)) > 0
    end
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
  cross join lateral comply_private.read_policy_source(c.oid) as s
  left join pg_policy as p on p.polrelid = c.oid and p.polname = s.policy_name
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
  order by c.relname, s.policy_name;
end;
$$;

comment on function comply_private.read_hooks() is
  'Return each policy by which reads are logged, whether it is wanted, as some tenant is verbose, and whether it '
  'is there: null is not, false is not as it should be.';

revoke execute on function comply_private.read_hooks() from public;
