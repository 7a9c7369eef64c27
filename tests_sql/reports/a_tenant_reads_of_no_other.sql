-- A report on one tenant has what was found of the database as a whole, and can be handed to that tenant. So no finding
-- without a tenant names one, neither as a database is at first nor under any fault. Run from the root of the
-- repository.
begin;
set local search_path = tap, pg_catalog;
set local client_min_messages = error;
\ir ../checks/fixture.psql

create temp table line (n bigint generated always as identity, line text not null);
\copy line (line) from program 'cat tests_sql/checks/faults/*.psql' (format csv, delimiter E'\1', quote E'\2')

do $$
begin
  execute (select string_agg(l.line, E'\n' order by l.n) from line as l);
end;
$$;

select plan((select count(*) from fault)::integer + (select count(*) from comply.frameworks)::integer);

select pg_temp.lay_ground() \g /dev/null

create function pg_temp.named_under(fault fault)
returns text
language plpgsql
as $$
declare
  v_named text;
begin
  begin
    execute fault.statement;
    execute format(
      $q$
        select string_agg(concat_ws(' ', f.subject, f.observed), '; ')
        from comply.%I() as f
        where f.tenant_id is null
          and concat_ws(' ', f.subject, f.observed) like '%%test-acme%%'
      $q$,
      'check_' || fault.check_id)
    into v_named;
    raise exception 'undo' using errcode = 'TX001';
  exception
    when sqlstate 'TX001' then
      return v_named;
  end;
end;
$$;

select is(pg_temp.named_under(f), null, format('%s names no tenant in what it finds of all', f.check_id))
from fault as f
order by f.check_id;

\ir ../two_tenants.psql
select comply.run_checks() \g /dev/null

select ok(
  comply.report(f.framework_id, date_trunc('day', now(), 'UTC'), date_trunc('day', now(), 'UTC') + interval '1 day',
                'test-acme')::text !~ 'globex',
  format('a report by %s on one tenant does not name the other', f.framework_id))
from comply.frameworks as f
order by f.framework_id;

select * from finish();
rollback;
