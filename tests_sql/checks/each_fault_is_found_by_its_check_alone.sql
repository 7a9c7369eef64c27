-- Every check beside every fault. Faults are planted many at a time: those whose number has a certain binary digit,
-- then those that have it not. Of each two, one is so once planted without the other, and a check that another's fault
-- turns red is seen. Which fault that was, is tried one by one, as is one that cannot be planted beside others. Run
-- from the root of the repository.
begin;
set local search_path = tap, pg_catalog;
set local client_min_messages = error;
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

-- Those of some checks that fail, or cannot tell.
create function pg_temp.red(checks text[])
returns text[]
language sql
as $$
  select coalesce(array_agg(c.check_id order by c.check_id), '{}')
  from unnest(checks) as c (check_id)
  where pg_temp.status_of(c.check_id) not in ('pass', 'manual', 'na')
$$;

-- The same under some faults, of which nothing stays; planted are those that could be.
create function pg_temp.red_under(faults text[], checks text[], out red text[], out planted text[])
language plpgsql
as $$
declare
  v_fault fault;
begin
  planted := '{}';
  begin
    for v_fault in select f.* from fault as f where f.check_id = any (faults) order by f.check_id loop
      begin
        execute v_fault.statement;
        planted := planted || v_fault.check_id;
      exception
        when others then
          if cardinality(faults) = 1 then
            raise;
          end if;
      end;
    end loop;

    red := pg_temp.red(checks);
    raise exception 'undo' using errcode = 'TX001';
  exception
    when sqlstate 'TX001' then
      null;
  end;
end;
$$;

create temp table turned (fault text not null, red text not null, unique (fault, red));

do $$
declare
  v_all    text[] := array(select f.check_id from fault as f order by f.check_id);
  v_ground text[] := pg_temp.red(v_all);
  v_done   text[] := '{}';
  v_bit    integer;
  v_digit  integer;
  v_group  record;
  v_single record;
  v_check  text;
  v_fault  text;
begin
  for v_bit in 0 .. floor(log(2, cardinality(v_all)))::integer loop
    for v_digit in 0 .. 1 loop
      select r.red, r.planted
      into v_group
      from pg_temp.red_under(
        array(
          select u.f
          from unnest(v_all) with ordinality as u (f, n)
          where (u.n >> v_bit) & 1 = v_digit
        ),
        v_all) as r;

      v_done := v_done || v_group.planted;

      foreach v_check in array v_group.red loop
        if v_check = any (v_group.planted) then
          insert into turned values (v_check, v_check) on conflict do nothing;
        end if;

        -- What is red anyway tells of no fault, and the test below of it.
        continue when v_check = any (v_group.planted || v_ground);

        foreach v_fault in array v_group.planted loop
          select r.red into v_single from pg_temp.red_under(array[v_fault], array[v_check]) as r;
          insert into turned select v_fault, unnest(v_single.red) on conflict do nothing;
        end loop;
      end loop;
    end loop;
  end loop;

  -- What another's fault stood in the way of.
  foreach v_fault in array v_all loop
    if v_fault <> all (v_done) then
      select r.red into v_single from pg_temp.red_under(array[v_fault], v_all) as r;
      insert into turned select v_fault, unnest(v_single.red) on conflict do nothing;
    elsif not exists (select from turned as t where t.fault = v_fault and t.red = v_fault) then
      select r.red into v_single from pg_temp.red_under(array[v_fault], array[v_fault]) as r;
      insert into turned select v_fault, unnest(v_single.red) on conflict do nothing;
    end if;
  end loop;
end;
$$;

select is(pg_temp.red(array(select check_id from comply.checks)), '{}', 'on its ground, no check is red');

select is(
  array(select t.red from turned as t where t.fault = f.check_id and t.red <> all (f.also) order by 1),
  array[f.check_id],
  format('the fault of %s turns it red, and no other', f.check_id))
from fault as f
order by f.check_id;

select is_empty(
  $$
    select f.check_id, pg_temp.status_under(f.check_id, 'select')
    from fault as f
    where pg_temp.status_of(f.check_id) not in ('pass', 'manual', 'na')
  $$,
  'and nothing of a fault stays');

select * from finish();
rollback;
