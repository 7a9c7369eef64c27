-- A text that is put into a statement without care is a statement: with the owner's rights, in the functions
-- that have them. Every function, every argument of type text, and the tables' texts on their way into the
-- trail.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

create role test_caller login in role comply_admin;
grant execute on all functions in schema comply to test_caller;

do $$
begin
  perform comply.rotate_context_key('test-key', decode(repeat('22', 32), 'hex'));
end;
$$;

create temp table payload as
select *
from unnest(array[
  $q$'$q$, $q$"$q$, $q$;$q$, $q$\$q$, $q$\'$q$, '$$', '%', '%I', '%1$s', '--', '/*', '.', 'a.b.c', '"a"."b"',
  $q$'; drop table comply.test_canary; --$q$, $q$"; drop table comply.test_canary; --$q$,
  $q$test-acme'; drop table comply.test_canary; --$q$, $q$storage_records; drop table comply.test_canary$q$,
  $q$storage_records"; drop table comply.test_canary; --$q$,
  $q$comply.storage_records; drop table comply.test_canary$q$,
  $q$' || (select string_agg(tenant_id, ',') from comply.tenant_configs) || '$q$,
  $q$$$; drop table comply.test_canary; --$q$, $q$(select 1)$q$, 'pg_class', 'pg_temp.x',
  'comply_private.context_keys',
  repeat('x', 10000), E'a\nb', E'a\u00a0b', U&'\FF07'
]) with ordinality as p (text, position);

-- Each payload in each argument that can hold a text, with harmless values in the others.
create temp table injection as
select
  p.oid::regprocedure as function,
  t.name as argument,
  w.text as payload,
  format(
    'select * from %s(%s)',
    p.oid::regproc,
    (
      select string_agg(
        format('%L::%s', case
          when a.position = t.position and a.type = 'jsonb'::regtype
            then jsonb_build_object(w.text, w.text)::text
          when a.position = t.position then w.text
          when a.name = 'tenant_id' then 'test-acme'
          when a.name = 'audit_level' then 'standard'
          when a.name = 'table_name' then 'storage_records'
          when a.type = 'text'::regtype then 'test'
          when a.type = 'integer'::regtype then '1'
          when a.type = 'interval'::regtype then '1 minute'
          when a.type = 'timestamptz'::regtype then now()::text
          when a.type = 'uuid'::regtype then '00000000-0000-7000-8000-00000000000a'
          when a.type = 'jsonb'::regtype then '{}'
          when a.type = 'bytea'::regtype then '\x' || repeat('11', 32)
        end, a.type::regtype),
        ', ' order by a.position)
      from unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs])
        with ordinality as a (type, name, position)
    )) as statement
from pg_proc as p
cross join unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs])
  with ordinality as t (type, name, position)
cross join payload as w
where p.pronamespace = 'comply'::regnamespace
  and t.type in ('text'::regtype, 'jsonb'::regtype);

create table comply.test_canary ();
alter table comply.test_canary owner to comply_owner;

create temp table outcome as
select
  i.function,
  i.argument,
  left(i.payload, 60) as payload,
  pg_temp.attempt('test_caller', 'test-acme', i.statement) as state
from injection as i;

select cmp_ok(
  (select count(distinct (function, argument)) from outcome), '>=', 15::bigint,
  'there are functions and arguments to try');

-- What a parser would say of a text that came to be read as SQL: unknown names, syntax errors.
select is_empty(
  $$ select * from outcome where state ~ '^42' $$,
  'no text reaches a parser');

select is_empty(
  $$ select * from outcome where state ~ '^XX' $$,
  'nor does one upset the server');

select is_empty(
  $$
    select *
    from outcome
    where state !~ '^(PC[0-9]{3}|[0-9]+|22...|23...|3F000)$'
  $$,
  'each is taken as what it is, or refused for what it is');

-- The other way in: texts of a row, which triggers and the trail carry on.
select is_empty(
  $$
    select left(w.text, 60)
    from payload as w
    where pg_temp.attempt('test_service', 'test-acme', format($q$
      update comply.storage_records
      set blob_path = %1$L, metadata = jsonb_build_object(%1$L, %1$L)
    $q$, w.text)) <> '1'
  $$,
  'any text is a path or a key of the metadata');

select is_empty(
  $$
    select left(w.text, 60)
    from payload as w
    where w.text !~ '[[:cntrl:]]'
      and length(w.text) <= 256
      and pg_temp.attempt('test_service', null, format($q$
        select comply.enter('test-acme', %1$L);
        update comply.storage_records set blob_path = 'seen';
        select from comply.audit_trail where actor = %1$L
      $q$, w.text)) <> '1'
  $$,
  'and an actor, and stands in the trail as it is');

select has_table('comply', 'test_canary', 'nothing was dropped on the way');

-- Seen to work where a name is put in bare.
select pg_temp.weaken(
  'comply_private.set_context', 'set local comply.actor = %L', $$set local comply.actor = ''%s''$$);

select is(
  pg_temp.attempt('test_caller', null, $$
    select comply.enter('test-acme', 'x''; drop table comply.test_canary; --');
    select where to_regclass('comply.test_canary') is null
  $$),
  '1',
  'an actor that is quoted by hand would have dropped the table, with the owner''s rights');

select * from finish();
rollback;
