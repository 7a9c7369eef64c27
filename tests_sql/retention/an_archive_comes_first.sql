-- Where the rule says archive, nothing goes that a verified archive does not have, exactly as it is.
begin;
set local search_path = tap, pg_catalog;
select plan(23);
\ir ../old_months.psql

select comply.set_retention_policy(t.tenant_id, '*', '30 days', 'a contract', needs_approval => false)
from unnest(array['test-acme', 'test-globex']) as t (tenant_id) \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 20), pg_temp.fill('test-globex', '2030-01-10', 10);
select pg_temp.fill('test-acme', '2030-02-10', 20), pg_temp.fill('test-initech', '2030-02-10', 20);
select pg_temp.fill('test-acme', '2030-03-10', 20), pg_temp.fill('test-initech', '2030-03-10', 80);

create function pg_temp.archive(month text, tenant text default 'test-acme', is_verified boolean default true)
returns void
language plpgsql
as $$
declare
  v_slice   record;
  v_archive uuid;
begin
  for v_slice in
    select s.tenant_id as tenant, s.covers_from, s.covers_until
    from comply.retention_slices as s
    where s.item_id = pg_temp.item(archive.month)
      and s.tenant_id = archive.tenant
  loop
    v_archive := comply.archive_to_table('storage_records', v_slice.tenant, v_slice.covers_from, v_slice.covers_until);

    if archive.is_verified then
      perform comply.verify_archive(v_slice.tenant, v_archive);
    end if;
  end loop;
end;
$$;

-- One step of one item, and where it is then.
create function pg_temp.step(month text)
returns text
language sql
as $$
  select comply.advance_retention(pg_temp.item(step.month));
  select pg_temp.state(step.month);
$$;

select pg_temp.enforce();
select is(pg_temp.state('01'), 'DROP approved: waits for archives of 2 slice(s): comply-db archive --due',
  'without archives, a month waits');
select pg_temp.archive('01');
select pg_temp.enforce();
select is(pg_temp.state('01'), 'DROP approved: waits for archives of 1 slice(s): comply-db archive --due',
  'and with one of two');
select pg_temp.archive('01', 'test-globex', false);
select pg_temp.enforce();
select is(pg_temp.state('01'), 'DROP archived: waits for 1 archive(s) to be verified',
  'one that nobody read back is not enough');
select comply.verify_archive(a.tenant_id, a.id) from comply.archives as a where a.verified_at is null \g /dev/null
select is(pg_temp.step('01'), 'DROP verified', 'verified, they are compared with the rows');
select results_eq(
  $$ select s.tenant_id, s.row_count, s.content_hash from comply.retention_slices as s
     where s.item_id = pg_temp.item('01') order by s.tenant_id $$,
  $$ select a.tenant_id, a.row_count, a.content_hash from comply.archives as a order by a.tenant_id $$,
  'and are the same');

-- Changed after it was verified: found once nobody can write any more.
update comply.storage_records as r set azure_region = 'westeurope'
where r.tenant_id = 'test-globex' and r."timestamp" = '2030-01-10';
select is(pg_temp.step('01'), 'DROP detached', 'out of its table');
select is(pg_temp.step('01'), 'DROP refused: the rows of tenant test-globex are not those that were archived',
  'a row that was changed since is found');
select is(pg_temp.months('test-acme') || ', ' || pg_temp.months('test-globex'), '01:20 02:20 03:20, 01:10',
  'and the month comes back');
select pg_temp.enforce();
select is(pg_temp.state('01'), 'DROP approved: waits for archives of 1 slice(s): comply-db archive --due',
  'the archive that has other rows is not taken again');
select pg_temp.archive('01', 'test-globex');

-- One row more, that is in no archive.
select is(pg_temp.step('01'), 'DROP archived', 'with another one it goes on');
select is(pg_temp.step('01'), 'DROP verified', 'the new archive is verified');
select pg_temp.fill('test-initech', '2030-01-20', 1);
select is(pg_temp.step('01'), 'DROP detached', 'a row of somebody else');
select is(pg_temp.step('01'), 'DROP refused: it has rows that were not planned for', 'is found as well');
select is(pg_temp.months('test-initech'), '01:1 02:20 03:80', 'and comes back');

-- Rewritten: compared under the lock.
select pg_temp.archive('02');
select is(pg_temp.step('02') || ', ' || pg_temp.step('02'), 'REWRITE archived, REWRITE verified', 'a copy is made');
update comply.storage_records as r set azure_region = 'westeurope'
where r.tenant_id = 'test-acme' and r."timestamp" = '2030-02-10';
select is(pg_temp.step('02'), 'REWRITE refused: rows were changed since they were archived',
  'a row that was changed since stops the swap');
select is(
  (select count(*) from comply.storage_records where azure_region is not null and "timestamp" >= '2030-02-01'),
  1::bigint,
  'and is there');

-- In batches: each compares what it deletes.
select pg_temp.archive('03');
select is(pg_temp.step('03') || ', ' || pg_temp.step('03'), 'BATCH archived, BATCH verified', 'batches are noted');
update comply.storage_records as r set azure_region = 'westeurope'
where r.tenant_id = 'test-acme' and r."timestamp" = '2030-03-10';
select is(pg_temp.step('03'), 'BATCH refused: rows were changed since they were verified',
  'a row that was changed since stops its batch');
select is(pg_temp.months('test-acme'), '01:20 02:20 03:20', 'nothing is gone of all this');
select is_empty($$ select * from comply.destruction_certificates $$, 'and nothing certified');

-- And once nobody interferes.
select pg_temp.enforce();
select pg_temp.archive(m.month, t.tenant)
from unnest(array['01', '02', '03']) as m (month), unnest(array['test-acme', 'test-globex']) as t (tenant);
select pg_temp.enforce();
select is(concat_ws(', ', pg_temp.months('test-acme'), pg_temp.months('test-globex'), pg_temp.months('test-initech')),
  '01:1 02:20 03:80', 'all that is expired goes');
select is_empty(
  $$
    select d.*
    from comply.destruction_certificates as d
    left join comply.archives as a on a.tenant_id = d.tenant_id and array[a.id] = d.archive_ids
    where a.row_count is distinct from d.rows_destroyed
       or a.content_hash is distinct from d.content_hash
       or a.verified_at is null
       or (a.covers_from, a.covers_until) is distinct from (d.covers_from, d.covers_until)
  $$,
  'each certificate names an archive of the same rows');

select * from finish();
rollback;
