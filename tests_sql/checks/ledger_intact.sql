begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir fixture.psql
\ir samples.psql
\ir faults/ledger_intact.psql

select is(pg_temp.status_of('ledger_intact'), 'na', 'where nothing is sealed, nothing can be broken');
select is(
  pg_temp.status_under('ledger_intact', 'select pg_temp.seal_seven()'), 'pass',
  'what was sealed is whole');
select is(
  (
    select array[o.observed ->> 'rows_hashed' = o.observed ->> 'rows', (o.observed ->> 'rows')::integer >= 7]
    from pg_temp.observed_under('ledger_intact', 'select pg_temp.seal_seven()', 'ledger') as o (observed)
  ),
  '{t,t}', 'and every row of it was hashed');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'damage is found') from fault as f;
select is(
  pg_temp.observed_under(f.check_id, f.statement, 'audit_trail') -> 'problems', '{"leaf_index_damaged": 1}',
  'and named')
from fault as f;

-- As if there were too many rows to hash them all: six of seven blocks are drawn, give or take.
select $$
  select pg_temp.seal_seven();
  select comply.set_check_limit('ledger_intact', 'a test', amount => 6);
$$ as drawn \gset

select is(pg_temp.status_under('ledger_intact', :'drawn'), 'pass', 'blocks that are drawn are whole');
select cmp_ok(
  (pg_temp.observed_under('ledger_intact', :'drawn', 'ledger') ->> 'rows_hashed')::integer, '>', 0,
  'and some are drawn');
select is(
  pg_temp.status_under('ledger_intact', :'drawn' || 'delete from comply_private.ledger_leaves'), 'pass',
  'the index that names damaged rows is for comply.verify_audit() to judge');
select is(pg_temp.status_under('ledger_intact', :'drawn' || d.damage), 'fail', format('%s is found in a draw', d.what))
from (
  values
    ('a row that was changed',
     $$
       do $do$
       begin
         execute format('alter table comply.audit_trail_%s disable trigger user', to_char(now(), 'YYYY_MM'));
       end;
       $do$;
       alter table comply.audit_trail disable trigger user;
       update comply.audit_trail set actor = 'mallory' where tenant_id = 'test-acme';
     $$),
    ('a header that was changed',
     $$
       alter table comply.ledger_blocks disable trigger user;
       update comply.ledger_blocks set leaf_count = 2 where tenant_id = 'test-acme';
     $$),
    ('a checkpoint that is gone',
     $$
       alter table comply.ledger_checkpoints disable trigger user;
       delete from comply.ledger_checkpoints where seq = (select min(c.seq) from comply.ledger_checkpoints as c);
     $$)
) as d (what, damage);
select is(
  pg_temp.sample_of('ledger_intact', 'select pg_temp.seal_seven()'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
