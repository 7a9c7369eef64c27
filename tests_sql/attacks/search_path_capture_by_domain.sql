-- Types are looked for in pg_temp first unless the path says otherwise: a domain there, named like a type
-- that a definer function mentions, runs its check, which is the caller's code, with the owner's rights.
begin;
set local search_path = tap, pg_catalog, pg_temp;
select plan(3);
\ir ../two_tenants.psql
\ir ../definer_calls.psql

do $$
declare
  v_type regtype;
begin
  for v_type in
    select t.oid
    from pg_type as t
    where t.typnamespace = 'pg_catalog'::regnamespace
      and t.typtype in ('b', 'r', 'm')
      and t.typcategory <> 'A'
  loop
    execute format('create domain pg_temp.%I as pg_catalog.%1$I check (pg_temp.capture())',
                   (select t.typname from pg_type as t where t.oid = v_type));
  end loop;
end;
$$;

select cmp_ok((select count(*) from definer_call), '>', 25::bigint, 'there are calls to try');

select is_empty(
  $$ select pg_temp.captured_calls() $$,
  'no call runs the caller''s code as the owner');

select pg_temp.unpin_definers();

select set_has(
  $$ select pg_temp.captured_calls() $$,
  $$
    values
      ('comply.enter_signed(text,uuid)'),
      ('comply.issue_token(text,text,interval)'),
      ('comply.rotate_context_key(text,bytea)'),
      ('insert storage_records'),
      ('delete tenant_configs')
  $$,
  'with an empty path many would have, for pg_temp is looked in first all the same');

select * from finish();
rollback;
