-- Tables are looked for in pg_temp first unless the path says otherwise: a view there, named like a table of
-- the catalog that a definer function reads, runs the caller's code with the owner's rights.
begin;
set local search_path = tap, pg_catalog, pg_temp;
select plan(2);
\ir ../two_tenants.psql
\ir ../definer_calls.psql

do $$
declare
  v_view record;
begin
  for v_view in
    select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid
    join pg_type as t on t.oid = a.atttypid
    where c.relnamespace = 'pg_catalog'::regnamespace
      and c.relname !~ '^pg_statistic'
      and c.relkind in ('r', 'v')
      and a.attnum > 0
      and t.typtype <> 'p'
    group by c.relname
  loop
    execute format('create view pg_temp.%I as select %s from pg_catalog.%1$I where pg_temp.capture()',
                   v_view.relname, v_view.columns);
    execute format('grant select on pg_temp.%I to public', v_view.relname);
  end loop;
end;
$$;

select is_empty(
  $$ select pg_temp.captured_calls() $$,
  'no call reads the caller''s view as the owner');

select pg_temp.unpin_definers();

select set_has(
  $$ select pg_temp.captured_calls() $$,
  $$
    values
      ('comply.ensure_partitions(integer)'),
      ('comply.ensure_past_partitions(text,timestamp with time zone,timestamp with time zone)'),
      ('comply.health()')
  $$,
  'with an empty path some would have');

select * from finish();
rollback;
