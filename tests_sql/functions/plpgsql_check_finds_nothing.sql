-- Every PL/pgSQL function, and each trigger function with every table it serves, as plpgsql_check reads it. The
-- extension comes with PostgreSQL 15 of Debian; elsewhere this is skipped, and says so.

begin;

set local search_path = tap, pg_catalog;
set local client_min_messages = warning;

select not exists (select from pg_available_extensions where name = 'plpgsql_check') as missing
\gset

\if :missing
select plan(1);
select skip('plpgsql_check is not installed on this server', 1);
\else

create extension plpgsql_check schema tap;

-- What encrypts names its functions where they usually are.
create extension if not exists pgcrypto schema public;

-- What schedules calls pg_cron, of which this is what it calls.
create schema cron;
create table cron.job (jobid bigint, jobname text, username text);
create function cron.schedule(text, text, text) returns bigint language sql return 1;
create function cron.unschedule(bigint) returns boolean language sql return true;

-- Loading works in temporary tables, which are not there before this.
select comply.open_load();

create temporary table checked on commit drop as
select
  f.oid::regprocedure as function,
  coalesce(t.tgrelid, 0)::regclass as relation,
  max(t.tgoldtable) as old_table,
  max(t.tgnewtable) as new_table
from pg_proc as f
join pg_language as l on l.oid = f.prolang
left join pg_trigger as t on t.tgfoid = f.oid and t.tgparentid = 0
where f.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
  and l.lanname = 'plpgsql'
  and (f.prorettype <> 'trigger'::regtype or t.oid is not null)
group by f.oid, t.tgrelid;

-- What they execute is text of the catalog, such as a trigger's definition, and no caller's.
create temporary table executes_catalog_text (function text) on commit drop;
insert into executes_catalog_text values
  ('comply.advise_indexes'),
  ('comply.archive_to_azure_storage'),
  ('comply.archive_to_table'),
  ('comply.check_isolation_probed'),
  ('comply.subject_export'),
  ('comply_private.copy_survivors'),
  ('comply_private.delete_batch'),
  ('comply_private.destroy_subject'),
  ('comply_private.fill_month'),
  ('comply_private.finish_tenant'),
  ('comply_private.guard_partition'),
  ('comply_private.late_subjects'),
  ('comply_private.log_reads'),
  ('comply_private.make_partition'),
  ('comply_private.plan_batches'),
  ('comply_private.prune'),
  ('comply_private.subject_hold'),
  ('comply_private.with_short_locks');

select plan(1 + count(distinct function)::int)
from checked;

select cmp_ok(count(*), '>', 10::bigint, 'there is something to check')
from checked;

select is(
  (
    select string_agg(distinct format('%s line %s: %s', x.level, x.lineno, x.message), '; ')
    from checked as c
    cross join plpgsql_check_function_tb(
      c.function,
      c.relation,
      fatal_errors => false,
      extra_warnings => true,
      security_warnings => c.function::oid::regproc::text not in (select e.function from executes_catalog_text as e),
      oldtable => c.old_table,
      newtable => c.new_table
    ) as x
    where c.function = f.function
      -- What it returns, it does not set.
      and not (x.message ~ '^OUT variable .* is maybe unmodified$' and f.prosrc ~ 'return query execute')
  ),
  null,
  f.function::text
)
from (select distinct c.function, p.prosrc from checked as c join pg_proc as p on p.oid = c.function) as f
order by f.function::text;

\endif

select * from finish();

rollback;
