begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir samples.psql
\ir faults/times_in_order.psql

select is(pg_temp.status_of('times_in_order'), 'na', 'where nothing is sealed, there are no times');
select is(pg_temp.status_under('times_in_order', 'select pg_temp.seal_seven()'), 'pass', 'time goes forward');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a row from the future is found')
from fault as f;
select is(pg_temp.status_under('times_in_order', d.damage), 'fail', d.what)
from (
  values
    ('a block that was sealed before the one before it is found',
     $$
       select pg_temp.seal_seven();
       alter table comply.ledger_blocks disable trigger user;
       update comply.ledger_blocks set sealed_at = sealed_at - interval '1 hour'
       where tenant_id = 'test-acme' and block_no = 5;
     $$),
    ('so is a checkpoint of tomorrow',
     $$
       select pg_temp.seal_seven();
       alter table comply.ledger_checkpoints disable trigger user;
       update comply.ledger_checkpoints set made_at = made_at + interval '1 day';
     $$)
) as d (what, damage);
select is(
  pg_temp.sample_of('times_in_order', 'select pg_temp.seal_seven()'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
