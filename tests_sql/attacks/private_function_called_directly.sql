-- What is inside the wall, a key's signature or the making of a policy, would be for sale at the first call.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

create temp table private_call as
select
  p.oid::regprocedure as function,
  format('select %s(%s)', p.oid::regproc, (
    select string_agg(format('null::%s', t.type::regtype), ', ')
    from unnest(p.proargtypes::oid[]) as t (type)
  )) as statement
from pg_proc as p
where p.pronamespace = 'comply_private'::regnamespace
  and p.prokind = 'f'
  and p.prorettype <> 'trigger'::regtype;

select cmp_ok((select count(*) from private_call), '>', 10::bigint, 'there are private functions');

select is_empty(
  $$
    select c.function, r.rolname
    from private_call as c
    cross join pg_roles as r
    where r.rolname in ('test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin',
                        'comply_operator')
      and pg_temp.attempt(r.rolname, null, c.statement) <> '42501'
  $$,
  'no role calls one');

grant usage on schema comply_private to public;

select is_empty(
  $$
    select c.function
    from private_call as c
    where pg_temp.attempt('test_service', null, c.statement) <> '42501'
      and c.function <> 'comply_private.note_read'::regproc
  $$,
  'not even if the schema were opened by mistake, for each is closed by itself but the one that policies call');

select is(
  pg_temp.attempt('test_service', null, 'select * from comply_private.context_keys'), '42501',
  'as are the tables');

grant execute on all functions in schema comply_private to public;

select set_has(
  $$
    select c.function::text
    from private_call as c
    where pg_temp.attempt('test_service', null, c.statement) <> '42501'
  $$,
  $$ values ('comply_private.hmac_hex(text,bytea,bytea)'), ('comply_private.signed_claims()') $$,
  'with both doors open they would have answered');

select * from finish();
rollback;
