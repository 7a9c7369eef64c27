-- Has xmin, the transaction that wrote each row of the catalog, so that a trigger which was off for a moment
-- between two seals shows although it is on again. Partitions are left out: upkeep makes them every month,
-- and comply.health() looks at their guards. So are the policies by which reads are logged: they come and go
-- with verbose tenants, of which the trail tells; and months that retention took out of their table: nothing is
-- granted on them.
create or replace function comply_private.ledger_fingerprint()
returns bytea
language sql
stable
begin atomic
  select sha256(convert_to(string_agg(f.fact, E'\n' order by f.fact collate "C"), 'UTF8'))
  from (
    select format('trigger %s.%s %s %s', c.relname, t.tgname, t.tgenabled, t.xmin) as fact
    from pg_catalog.pg_trigger as t
    join pg_catalog.pg_class as c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('comply', 'comply_private')
      and not c.relispartition
      and not (n.nspname = 'comply_private' and c.relname ~ '_\d{4}_\d{2}$')
      and not t.tgisinternal
    union all
    select format('function %s.%s %s', n.nspname, p.proname, p.xmin)
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('comply', 'comply_private')
    union all
    select format('policy %s.%s %s', c.relname, p.polname, p.xmin)
    from pg_catalog.pg_policy as p
    join pg_catalog.pg_class as c on c.oid = p.polrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('comply', 'comply_private')
      and not c.relispartition
      and not (p.polname ~ '_(tenant|staff)_reads_noted$' and p.polcmd = 'r' and not p.polpermissive)
    union all
    select format('table %s.%s %s %s %s %s', n.nspname, c.relname, c.relowner::regrole, c.relrowsecurity,
                  c.relforcerowsecurity, c.relacl)
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('comply', 'comply_private')
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and not (n.nspname = 'comply_private' and c.relname ~ '_\d{4}_\d{2}$')
  ) as f;
end;

comment on function comply_private.ledger_fingerprint() is
  'Return a hash over the triggers, functions, policies and grants that decide what the trail has.';

revoke execute on function comply_private.ledger_fingerprint() from public;
