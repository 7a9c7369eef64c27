-- As PostgreSQL puts policies together: any of the permissive and each of the restrictive; none permissive, no row.
-- Those that only log reads are left out: they hide nothing from a tenant.
create or replace function comply_private.policy_condition(table_name regclass, role_name text, command "char")
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select concat_ws(
      ' and ',
      format(
        '(%s)',
        coalesce(string_agg(format('(%s)', e.condition), ' or ') filter (where p.polpermissive), 'false')),
      string_agg(format('(%s)', e.condition), ' and ') filter (where not p.polpermissive))
    from pg_policy as p
    cross join lateral (
      select case
        when policy_condition.command = 'r' then pg_get_expr(p.polqual, p.polrelid)
        else pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid)
      end as condition
    ) as e
    where p.polrelid = policy_condition.table_name
      and p.polcmd in (policy_condition.command, '*')
      and p.polname !~ '_reads_noted$'
      and exists (
        select
        from unnest(p.polroles) as r (oid)
        where r.oid = 0
           or pg_has_role(policy_condition.role_name, r.oid, 'usage')
      )
  );
end;
$$;

comment on function comply_private.policy_condition(regclass, text, "char") is
  'Return the condition that policies put on a role''s rows of a table: command r to read them, a to write them.';

revoke execute on function comply_private.policy_condition(regclass, text, "char") from public;
