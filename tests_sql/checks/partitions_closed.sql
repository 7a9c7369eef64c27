begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir faults/partitions_closed.psql

create function pg_temp.month()
returns text
language sql
as $$
  select min(i.inhrelid::regclass::text)
  from pg_inherits as i
  where i.inhparent = 'comply.audit_trail'::regclass
$$;

select is(pg_temp.status_of('partitions_closed'), 'pass', 'every partition of an installation is closed');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is not forced fails')
from fault as f;

select is(
  pg_temp.status_under('partitions_closed', format('create policy x on %s using (true)', pg_temp.month())), 'fail',
  'or one with a policy of its own');

select is(
  pg_temp.observed_under(
    'partitions_closed', format('grant select on %s to comply_app', pg_temp.month()), pg_temp.month()),
  '{"forced": true, "policies": 0, "grants": 1}',
  'or a grant, of which it says how many');

select is(
  pg_temp.status_under('partitions_closed', format('grant select (actor) on %s to comply_app', pg_temp.month())),
  'fail',
  'even on a column');

select is(
  pg_temp.status_under('partitions_closed', $$
    do $do$
    declare
      v_partition regclass;
    begin
      for v_partition in
        select i.inhrelid::regclass
        from pg_inherits as i
        join pg_class as c on c.oid = i.inhparent
        where c.relnamespace = 'comply'::regnamespace
          and c.relkind = 'p'
      loop
        execute format('drop table %s', v_partition);
      end loop;
    end;
    $do$
  $$),
  'na',
  'without partitions there is nothing to judge');

select * from finish();
rollback;
