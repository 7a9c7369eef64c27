-- comply.audit_search() and comply_private.change_key() both know which tables grow by the thousand: where they
-- disagreed, rows would be lost to a search.
begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir ../two_tenants.psql

create temp view written as
select a.table_name, a.operation, a.change
from comply.audit_trail as a
where a.transaction_id = pg_current_xact_id();

update comply.storage_records set metadata = '{}';
delete from comply.model_metrics;

select set_eq(
  $$
    select s.table_name, s.operation
    from (select distinct w.table_name from written as w) as w
    cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as o (operation)
    cross join lateral comply.audit_search(table_name => w.table_name, operation => o.operation) as s
    where s.transaction_id = pg_current_xact_id()
  $$,
  $$ select w.table_name, w.operation from written as w $$,
  'what was written is found by table and operation');

select set_eq(
  $$
    select s.table_name, s.operation
    from (select distinct w.table_name from written as w) as w
    cross join lateral comply.audit_search(table_name => w.table_name) as s
    where s.transaction_id = pg_current_xact_id()
  $$,
  $$ select w.table_name, w.operation from written as w $$,
  'and by table alone');

select is_empty(
  $$
    select w.table_name, w.operation
    from written as w
    where (w.change is null)
      <> (w.operation = 'INSERT' and w.table_name in ('storage_records', 'detector_executions', 'model_metrics'))
  $$,
  'all but new rows of the large tables have a key');

select * from finish();
rollback;
