-- What is gone under a certificate is no loss; what a hold kept, what came later, and more than was counted is one.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../old_months.psql

select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', 'delete', false) \g /dev/null
select comply.set_retention_settings(grace => '0', rewrite_share => 0) \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 10);
select pg_temp.fill('test-acme', '2030-02-10', 10), pg_temp.fill('test-initech', '2030-02-10', 10);
select comply.place_hold('test-acme', 'case 7', 'a test', '2030-02-10 05:00+00', '2030-02-10 07:00+00') \g /dev/null
select pg_temp.enforce();

create function pg_temp.losses()
returns text
language sql
as $$
  select coalesce(string_agg(format('%s %s', l.problem, l.records), ', ' order by l.problem), 'none')
  from (
    select v.problem, count(*) as records
    from comply.verify_records('storage_records') as v
    where v.tenant like 'test-%'
    group by v.problem
  ) as l;
$$;

-- Past every trigger, as an attacker who owns the database would.
create function pg_temp.make_vanish(tenant text, at timestamptz)
returns void
language plpgsql
as $$
begin
  alter table comply.storage_records_2030_02 disable trigger user;
  alter table comply.storage_records disable trigger user;
  delete from comply.storage_records as r where r.tenant_id = make_vanish.tenant and r."timestamp" = make_vanish.at;
  alter table comply.storage_records_2030_02 enable trigger user;
  alter table comply.storage_records enable trigger user;
end;
$$;

select is(
  (select string_agg(verdict || ' ' || rows_destroyed, ', ' order by covers_from) from comply.destruction_certificates),
  'DROP 10, REWRITE 5, REWRITE 3', 'one month was dropped, one rewritten around a hold');
select is(pg_temp.losses(), 'none', 'which looks like no loss');
select is(
  (select count(*) from comply.verify_records('storage_records', 0.5) where tenant like 'test-%'), 0::bigint,
  'nor in a sample');

savepoint clean;
select pg_temp.make_vanish('test-acme', '2030-02-10 05:00+00');
select is(pg_temp.losses(), 'record_vanished 1', 'a row that a hold kept is a loss');
rollback to clean;

select pg_temp.make_vanish('test-initech', '2030-02-10 05:00+00');
select is(pg_temp.losses(), 'record_vanished 1', 'so is one of a tenant that kept its own');
rollback to clean;

set local comply.now = '2030-06-16 12:00+00';
select pg_temp.fill('test-acme', '2030-02-20', 1);
select pg_temp.make_vanish('test-acme', '2030-02-20');
select is(pg_temp.losses(), 'record_vanished 1', 'and one that was written after its certificate');
rollback to clean;

-- A certificate that somebody makes up, or makes less of.
insert into comply.destruction_certificates (
  tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)
values ('test-acme', 'storage_records', '2030-02-10 05:00+00', '2030-02-10 07:00+00', 1, sha256(''), 'none');
select pg_temp.make_vanish('test-acme', '2030-02-10 05:00+00');
select is(pg_temp.losses(), 'none', 'a certificate that the trail has excuses as many rows as it counts');
select pg_temp.make_vanish('test-acme', '2030-02-10 06:00+00');
select is(pg_temp.losses(), 'record_vanished 2', 'and of more, none');
rollback to clean;

alter table comply.destruction_certificates disable trigger user;
update comply.destruction_certificates set covers_until = '2030-03-01', covers_from = '2030-02-01';
select is(pg_temp.losses(), 'record_vanished 18', 'one that was changed since excuses nothing');
rollback to clean;

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-acme';
select comply.place_hold('test-acme', 'case 8', 'a test', '2030-03-10 05:00+00', '2030-03-10 07:00+00') \g /dev/null
select pg_temp.fill('test-acme', '2030-03-10', 10), pg_temp.fill('test-initech', '2030-03-10', 10);
select pg_temp.enforce();
select is(pg_temp.losses(), 'none', 'rows that were audited without an image are counted');

select * from finish();
rollback;
