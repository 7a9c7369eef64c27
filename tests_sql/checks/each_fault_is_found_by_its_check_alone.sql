-- Every check under every fault. Run from the root of the repository.
begin;
set local search_path = tap, pg_catalog;
\ir fixture.psql

create temp table line (n bigint generated always as identity, line text not null);
\copy line (line) from program 'cat tests_sql/checks/faults/*.psql' (format csv, delimiter E'\1', quote E'\2')

do $$
begin
  execute (select string_agg(l.line, E'\n' order by l.n) from line as l);
end;
$$;

select plan(4 + count(*)::integer)
from fault;

select cmp_ok(count(*), '>', 0::bigint, 'there are checks')
from comply.checks;

select set_eq(
  $$ select check_id from fault $$,
  $$ select check_id from comply.checks $$,
  'every check has a fault, and no fault is of another');

select pg_temp.lay_ground()
\g /dev/null

-- The checks that fail, or cannot tell.
create function pg_temp.red()
returns text[]
language sql
as $$
  select coalesce(array_agg(c.check_id order by c.check_id), '{}')
  from comply.checks as c
  where pg_temp.status_of(c.check_id) not in ('pass', 'manual', 'na')
$$;

create function pg_temp.red_under(statement text)
returns text[]
language plpgsql
as $$
declare
  v_red text[];
begin
  begin
    execute red_under.statement;
    v_red := pg_temp.red();
    raise exception 'undo' using errcode = 'TX001';
  exception
    when sqlstate 'TX001' then
      return v_red;
  end;
end;
$$;

select is(pg_temp.red(), '{}', 'on its ground, no check is red');

select is(
  array(select unnest(pg_temp.red_under(f.statement)) except select unnest(f.also)), array[f.check_id],
  format('the fault of %s turns it red, and no other', f.check_id))
from fault as f
order by f.check_id;

select is(pg_temp.red(), '{}', 'and nothing of a fault stays');

select * from finish();
rollback;
