-- The house rules, asked of the catalog and of the files. Run from the root of the repository.
begin;
set local search_path = tap, pg_catalog;
select plan(46);

create temp view our_function as
select
  p.oid,
  p.oid::regprocedure as signature,
  n.nspname,
  p.proname,
  p.proowner,
  p.prokind,
  p.prosecdef,
  p.prosrc,
  p.prosqlbody,
  p.proconfig,
  p.proacl,
  p.pronargs,
  p.proargnames,
  p.prorettype
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('comply', 'comply_private');

create temp view our_table as
select
  c.oid,
  c.oid::regclass as name,
  n.nspname,
  c.relname,
  c.relkind,
  c.relowner,
  c.relacl,
  c.relispartition,
  c.relrowsecurity and c.relforcerowsecurity as is_forced,
  a.attnum as tenant_attnum,
  a.atttypid = 'text'::regtype and a.attnotnull as is_tenant_text
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where n.nspname in ('comply', 'comply_private')
  and c.relkind in ('r', 'p');

-- One row a line of the repeatable files: 'functions/comply.now.sql:6:stable'.
create temp table files (raw text not null);
\copy files from program 'grep -rn ^ functions policies triggers' (format csv, delimiter E'\1', quote E'\2')

-- A function may hold the text of another between $fn$ and $fn$: that is not the file's own.
create temp table source as
select l.kind, l.stem, l.line_no, l.line
from (
  select
    split_part(f.raw, '/', 1) as kind,
    substring(f.raw from '^[a-z]+/([^:]+)\.sql:') as stem,
    split_part(f.raw, ':', 2)::integer as line_no,
    substring(f.raw from '^[^:]+:\d+:(.*)$') as line,
    count(*) filter (where f.raw ~ '\$fn\$') over (
      partition by substring(f.raw from '^([^:]+):') order by split_part(f.raw, ':', 2)::integer) as quotes
  from files as f
) as l
where l.quotes % 2 = 0;

create temp table codes (kind text not null, code text not null);
\copy codes from program 'grep -rhoE "PC[0-9]{3}" functions schema | sort -u | sed "s/^/code,/"; grep -oE "^[|] .PC[0-9]{3}" docs/errors.md | grep -oE "PC[0-9]{3}" | sed "s/^/docs,/"' (format csv)

select isnt_empty($$ select signature from our_function $$, 'there are functions to judge');
select isnt_empty($$ select name from our_table where not relispartition $$, 'and tables');
select isnt_empty($$ select name from our_table where relispartition $$, 'and partitions');
select isnt_empty($$ select stem from source $$, 'and files');
select isnt_empty($$ select code from codes where kind = 'docs' $$, 'and documented errors');

select is_empty(
  $$
    select signature::text from our_function where proowner <> 'comply_owner'::regrole
    union all
    select name::text from our_table where relowner <> 'comply_owner'::regrole
  $$,
  'everything belongs to comply_owner');

-- Functions

select is_empty(
  $$ select signature from our_function where obj_description(oid, 'pg_proc') is null $$,
  'every function has a comment');

select is_empty(
  $$
    select s.stem
    from source as s
    where s.kind = 'functions'
    group by s.stem
    having bool_or(s.line ~ '^create or replace function ')
       and not bool_or(s.line in ('immutable', 'stable', 'volatile'))
  $$,
  'every function states its volatility');

select is_empty(
  $$
    select signature
    from our_function
    where (prosqlbody is null or prosecdef)
      and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false)
      and not (prokind = 'p' and not prosecdef and prosrc ~ '\mcommit;')
  $$,
  'every function pins pg_catalog, pg_temp, or has an SQL-standard body and the rights of its caller, or commits');

select is_empty(
  $$ select signature from our_function where has_function_privilege('public', oid, 'execute') $$,
  'PUBLIC executes nothing');

select is_empty(
  $$
    select x.grantee::regrole, x.privilege_type
    from pg_namespace as n
    cross join aclexplode(n.nspacl) as x
    where n.nspname = 'comply_private'
      and x.grantee <> n.nspowner
  $$,
  'nobody but the owner enters comply_private');

select is_empty(
  $$
    select x.grantee::regrole, x.privilege_type
    from pg_namespace as n
    cross join aclexplode(n.nspacl) as x
    where n.nspname = 'comply'
      and x.grantee <> n.nspowner
      and (x.privilege_type <> 'USAGE' or x.grantee = 0)
  $$,
  'nobody but the owner creates anything in comply');

select is_empty(
  $$
    select p.signature, x.grantee::regrole
    from our_function as p
    cross join aclexplode(p.proacl) as x
    where p.nspname = 'comply_private'
      and x.grantee <> p.proowner
      and not exists (
        select
        from pg_depend as d
        where d.refclassid = 'pg_proc'::regclass
          and d.refobjid = p.oid
          and d.classid = 'pg_policy'::regclass
      )
      and not exists (
        select
        from comply_private.read_policy_source('comply.access_log') as s
        where strpos(s.definition, format('(select comply_private.%s(', p.proname)) > 0
      )
  $$,
  'nor is granted a function there, unless a policy calls it, or does while reads are logged');

select is_empty(
  $$ select nspname, proname from our_function group by nspname, proname having count(*) > 1 $$,
  'no name is overloaded');

select is_empty(
  $$
    select p.signature, a.name
    from our_function as p
    cross join generate_series(1, p.pronargs) as i (n)
    cross join lateral (select p.proargnames[i.n]) as a (name)
    where a.name is null
       or a.name ~ '^(_|[ipv]_|arg)'
  $$,
  'every argument has a name, without prefix');

select is_empty(
  $$
    select signature
    from our_function
    where (prorettype = 'trigger'::regtype) <> (proname ~ '^tg(_[a-z_]+)?__[a-z_]+$' and nspname = 'comply_private')
  $$,
  'a trigger function is named tg_<table>__<task>, in comply_private, and nothing else is');

select is_empty(
  $$
    select signature
    from our_function
    where prosrc ~* 'when\s+others'
      and prosrc !~* 'when\s+others\s+then(\s|[^;]|;(?!\s*end))*?\mraise;'
  $$,
  'a function that catches everything raises it again');

select is_empty(
  $$
    select s.stem
    from source as s
    where s.kind = 'functions'
    group by s.stem
    having bool_or(s.line = 'security definer')
       and not coalesce(bool_or(s.line ~ '^-- .*(owner''s rights|rights)'), false)
  $$,
  'a function with the owner''s rights says why it has them');

-- Tables

select is_empty(
  $$ select name from our_table where not is_forced $$,
  'every table, partitions included, enables and forces row level security');

select is_empty(
  $$
    select t.name
    from our_table as t
    where t.relispartition = exists (select from pg_policy as p where p.polrelid = t.oid)
  $$,
  'every table has a policy, and a partition has none');

select is_empty(
  $$
    select t.name, x.grantee::regrole, x.privilege_type
    from our_table as t
    cross join aclexplode(t.relacl) as x
    where x.grantee <> t.relowner
      and (t.relispartition or x.grantee = 0 or x.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER'))
  $$,
  'partitions, PUBLIC, and TRUNCATE, REFERENCES, TRIGGER: nothing is granted');

select is_empty(
  $$
    select t.name, p.polname
    from pg_policy as p
    join our_table as t on t.oid = p.polrelid
    where p.polroles @> array[0::oid]
       or (
         t.tenant_attnum is not null
         and p.polpermissive
         and p.polroles && array['comply_app'::regrole::oid, 'comply_reader'::regrole::oid]
         and 'true' in (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
       )
  $$,
  'every policy names its roles, and on a tenant table none is simply true for comply_app or comply_reader');

select is_empty(
  $$
    select t.name
    from our_table as t
    where t.tenant_attnum is not null
      and t.nspname = 'comply'
      and not t.relispartition
      and not exists (
        select
        from pg_policy as p
        where p.polrelid = t.oid
          and not p.polpermissive
          and p.polcmd = '*'
          and p.polroles @> array['comply_app'::regrole::oid, 'comply_reader'::regrole::oid]
      )
  $$,
  'every tenant table has a floor that binds whoever is in comply_app or comply_reader');

select is_empty(
  $$ select name from our_table where not is_tenant_text $$,
  'tenant_id is text and not null wherever it stands');

select is_empty(
  $$
    select t.name, a.attname
    from our_table as t
    join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef as d on d.adrelid = t.oid and d.adnum = a.attnum
    where t.tenant_attnum is not null
      and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ 'nextval')
  $$,
  'no tenant table counts with a sequence');

select is_empty(
  $$
    select t.name, a.attname
    from our_table as t
    join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    where t.nspname = 'comply'
      and not t.relispartition
      and (obj_description(t.oid, 'pg_class') is null or col_description(t.oid, a.attnum) is null)
  $$,
  'every table in comply has a comment, and so has each of its columns');

select is_empty(
  $$
    select c.oid::regclass
    from pg_class as c
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind = 'v'
      and not coalesce(c.reloptions @> array['security_invoker=true', 'security_barrier=true'], false)
  $$,
  'every view asks with the rights of its caller, behind a barrier');

select is_empty(
  $$
    select c.oid::regclass
    from pg_class as c
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'm'
  $$,
  'there is no materialised view in comply, as it would show every tenant');

-- Keys

select is_empty(
  $$
    select t.name, i.indexrelid::regclass
    from pg_index as i
    join our_table as t on t.oid = i.indrelid
    where (i.indisunique or i.indisexclusion)
      and i.indkey[0] <> t.tenant_attnum
  $$,
  'every key of a tenant table, unique or exclusion index, starts with tenant_id');

select is_empty(
  $$
    select t.name, k.conname
    from pg_constraint as k
    join our_table as t on t.oid = k.conrelid
    join our_table as r on r.oid = k.confrelid
    where k.contype = 'f'
      and r.tenant_attnum is not null
      and not exists (
        select
        from unnest(k.conkey, k.confkey) as u (attnum, ref_attnum)
        where u.attnum = t.tenant_attnum
          and u.ref_attnum = r.tenant_attnum
      )
  $$,
  'every foreign key to a tenant table carries tenant_id');

select is_empty(
  $$
    select t.name, k.conname
    from pg_constraint as k
    join our_table as t on t.oid = k.conrelid
    where k.contype = 'f'
      and not exists (
        select
        from pg_index as i
        where i.indrelid = k.conrelid
          and i.indisvalid
          and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
      )
  $$,
  'every foreign key has an index that begins with its columns');

select is_empty(
  $$
    select t.name, k.conname
    from pg_constraint as k
    join our_table as t on t.oid = k.conrelid
    where not t.relispartition
      and k.contype in ('p', 'u', 'c', 'f', 'x')
      and k.conname !~ format('^%s_([a-z_]+_)?(pkey|key|check|fkey|excl)$', t.relname)
  $$,
  'every constraint is named <table>_<meaning>_<kind>');

select is_empty(
  $$
    select t.name, i.indexrelid::regclass
    from pg_index as i
    join our_table as t on t.oid = i.indrelid
    join pg_class as c on c.oid = i.indexrelid
    where not t.relispartition
      and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
      and c.relname !~ format('^%s_[a-z_]+_idx$', t.relname)
  $$,
  'every index is named <table>_<columns>_idx');

select is_empty(
  $$
    select t.name, g.tgname
    from pg_trigger as g
    join our_table as t on t.oid = g.tgrelid
    where not g.tgisinternal
      and g.tgname !~ '^_\d{3}_[a-z_]+$'
  $$,
  'every trigger is named _NNN_<what_it_does>');

select is_empty(
  $$
    select t.name, p.polname
    from pg_policy as p
    join our_table as t on t.oid = p.polrelid
    where p.polname !~ format('^%s_[a-z_]+$', t.relname)
  $$,
  'every policy is named <table>_<who>_<does>');

-- Files: what the catalog has and what the files say is the same

select set_eq(
  $$ select distinct stem from source where kind = 'functions' $$,
  $$
    select nspname || '.' || proname
    from our_function
    union
    select schemaname || '.' || viewname
    from pg_views
    where schemaname in ('comply', 'comply_private')
  $$,
  'functions/ has one file per function or view, and the catalog has no other');

select is_empty(
  $$
    select stem
    from source
    where kind = 'functions'
    group by stem
    having coalesce(
      string_agg(substring(line from '^(create|comment|revoke|grant) '), ' ' order by line_no), '')
      !~ '^create( comment)+ revoke( grant)*$'
  $$,
  'a file of functions/ creates one thing, comments, revokes and grants, in that order');

select set_eq(
  $$ select stem, substring(line from '^create policy (\S+)') from source where line ~ '^create policy ' $$,
  $$
    select t.nspname || '.' || t.relname, p.polname::text
    from pg_policy as p
    join our_table as t on t.oid = p.polrelid
  $$,
  'policies/ and the catalog have the same policies');

select is_empty(
  $$
    select t.name, g.policy_name
    from our_table as t
    cross join lateral comply_private.policy_source(t.oid) as g
    where t.nspname = 'comply'
      and t.tenant_attnum is not null
      and not t.relispartition
      and not exists (
        select
        from source as s
        where s.kind = 'policies'
          and s.stem = t.nspname || '.' || t.relname
        having strpos(string_agg(s.line, E'\n' order by s.line_no), g.definition) > 0
      )
  $$,
  'policies/ of tenant tables are what the generator writes');

select is(
  (
    select count(distinct pg_get_expr(p.polqual, p.polrelid))
    from pg_policy as p
    where p.polname ~ '_tenant_(reads|writes|floor)$'
  ),
  1::bigint,
  'and in the catalog the tenant match is one expression everywhere, so plans evaluate it once');

select set_eq(
  $$ select stem, substring(line from ' trigger (\S+)') from source where line ~ '^create .*trigger ' $$,
  $$
    select t.nspname || '.' || t.relname, g.tgname::text
    from pg_trigger as g
    join our_table as t on t.oid = g.tgrelid
    where not g.tgisinternal
      and g.tgparentid = 0
      and not t.relispartition
      and g.tgenabled in ('O', 'A')
  $$,
  'triggers/ and the catalog have the same triggers, and none is disabled');

select is_empty(
  $$
    select t.name
    from our_table as t
    join pg_proc as p on p.proname = format('tg_%s__audit', t.relname)
    where not t.relispartition
      and strpos(comply_private.audit_function_source(t.oid), p.prosrc) = 0
  $$,
  'every audit function is what the generator would write now');

select is_empty(
  $$
    select t.name
    from our_table as t
    where t.nspname = 'comply'
      and t.tenant_attnum is not null
      and not t.relispartition
      and not exists (
        select
        from pg_trigger as g
        where g.tgrelid = t.oid
          and g.tgenabled = 'A'
          and g.tgname = case
            when t.relname = any (comply_private.evidence_tables()) then '_100_refuse_change'
            else '_530_audit_truncate'
          end
      )
  $$,
  'every tenant table is audited, or append-only where it is evidence itself');

-- A month after the evening before the first of March is no end of March.
select is_empty(
  $$
    select f.signature
    from our_function as f
    where f.prosrc ~ $q$interval '1 (month|year)'|months =>$q$
      and f.prosrc !~ $q$time zone 'UTC'$q$
      and not coalesce('TimeZone=UTC' = any (f.proconfig) or 'timezone=UTC' = any (f.proconfig), false)
  $$,
  'whatever adds months does so in UTC, wherever its caller is');

select set_eq(
  $$ select code from codes where kind = 'docs' $$,
  $$ select code from codes where kind = 'code' $$,
  'docs/errors.md has the errors of the code, and no others');

select is_empty(
  $$ select name, observed from comply.health() where name in ('partitions_guarded', 'tables_isolated', 'triggers_enabled') and status <> 'ok' $$,
  'comply.health() agrees about isolation and triggers');

select * from finish();
rollback;
