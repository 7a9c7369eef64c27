-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_partitions_closed()
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
    'partitions_closed',
    'row level security is forced, without a policy or a grant of its own',
    'partitions',
    array(
      select (
        p.partition::text,
        p.is_forced and p.policies = 0 and p.grants = 0,
        jsonb_build_object('forced', p.is_forced, 'policies', p.policies, 'grants', p.grants),
        null
      )::comply_private.judged
      from (
        select
          c.oid::regclass as partition,
          c.relrowsecurity and c.relforcerowsecurity as is_forced,
          (select count(*) from pg_policy as y where y.polrelid = c.oid) as policies,
          (select count(*) from aclexplode(c.relacl) as x where x.grantee <> c.relowner)
          + (
            select count(*)
            from pg_attribute as a
            cross join aclexplode(a.attacl) as x
            where a.attrelid = c.oid
              and x.grantee <> c.relowner
          ) as grants
        from pg_class as c
        join pg_inherits as i on i.inhrelid = c.oid
        join pg_class as r on r.oid = i.inhparent
        where r.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
          and c.relkind in ('r', 'p', 'f')
      ) as p
    )) as f;
end;
$$;

comment on function comply.check_partitions_closed() is
  'Check that no partition can be read or written but through its table: row level security is forced on it, '
  'and it has neither a policy nor a grant of its own.';

revoke execute on function comply.check_partitions_closed() from public;
grant  execute on function comply.check_partitions_closed() to comply_auditor, comply_admin, comply_operator;
