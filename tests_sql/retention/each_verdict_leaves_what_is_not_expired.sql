-- The same rows survive whichever way the others go, and the partition is as closed and as quick as it was.
begin;
set local search_path = tap, pg_catalog;
select plan(24);
\ir ../old_months.psql

select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', 'delete', false) \g /dev/null
select comply.set_retention_policy('test-globex', '*', '30 days', 'a contract', 'delete', false) \g /dev/null
select comply.set_retention_settings(batch_rows => 7) \g /dev/null

-- January goes as a whole, February has to be rewritten, March is for batches.
select pg_temp.fill('test-acme', '2030-01-10', 20), pg_temp.fill('test-globex', '2030-01-10', 10);
select pg_temp.fill(t.tenant_id, m.month, 20)
from unnest(array['test-acme', 'test-globex', 'test-initech']) as t (tenant_id),
  unnest(array['2030-02-10', '2030-03-10']::timestamptz[]) as m (month);
select pg_temp.fill('test-initech', '2030-03-20', 80);
select comply.place_hold('test-globex', 'case 7', 'a test', '2030-02-10 05:00+00', '2030-02-10 08:00+00') \g /dev/null
select comply.place_hold('test-globex', 'case 8', 'a test', '2030-03-10 05:00+00', '2030-03-10 08:00+00') \g /dev/null

create temp table survivor as
select r.tenant_id, r.id, to_jsonb(r)::text as image
from comply.storage_records as r
where r.tenant_id = 'test-initech'
   or (r.tenant_id = 'test-globex' and extract(hour from r."timestamp" at time zone 'UTC') in (5, 6, 7)
       and extract(month from r."timestamp") in (2, 3));

-- What hangs on a partition.
alter table comply.storage_records_2030_02 set (fillfactor = 90);
create function pg_temp.shape(month text)
returns setof text
language sql
as $$
  select 'forced ' || (c.relrowsecurity and c.relforcerowsecurity)::text || ' ' || coalesce(c.relacl::text, 'no grants')
    || ' ' || coalesce(c.reloptions::text, '') || ' ' || obj_description(c.oid, 'pg_class') || ' '
    || c.relnamespace::regnamespace || ' ' || pg_get_expr(c.relpartbound, c.oid)
  from pg_class as c
  where c.oid = to_regclass('comply.storage_records_2030_' || month)
  union all
  select pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid || ' ' || (h.inhparent is not null)
  from pg_index as i
  left join pg_inherits as h on h.inhrelid = i.indexrelid
  where i.indrelid = to_regclass('comply.storage_records_2030_' || month)
  union all
  select pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
  from pg_trigger as t
  where t.tgrelid = to_regclass('comply.storage_records_2030_' || month)
  union all
  select k.conname || ' ' || pg_get_constraintdef(k.oid) || ' ' || k.convalidated
  from pg_constraint as k
  where k.conrelid = to_regclass('comply.storage_records_2030_' || month)
    and k.contype <> 'n';
$$;
create temp table shape_before as select * from pg_temp.shape('02') as s (fact);
create temp table relation_before as select to_regclass('comply.storage_records_2030_02')::oid as oid;

select pg_temp.enforce();

select is(pg_temp.state('01'), 'DROP grace: waits until 2030-06-22 12:00:00+00',
  'January is out of its table, for a week');
select is(pg_temp.state('02'), 'REWRITE dropped', 'February is rewritten');
select is(pg_temp.state('03'), 'BATCH dropped', 'March lost its rows in batches');
select set_eq(
  $$ select r.tenant_id, r.id, to_jsonb(r)::text from comply.storage_records as r $$,
  $$ select * from survivor $$,
  'what is left is exactly what no rule lets go, byte for byte');
select isnt(to_regclass('comply.storage_records_2030_02')::oid, (select oid from relation_before),
  'February is another table');
select set_eq($$ select * from pg_temp.shape('02') $$, $$ select * from shape_before $$,
  'with the same bounds, indexes, constraints, triggers, guards, options and comment');

-- Out of its table, nobody gets at a month.
select is(to_regclass('comply.storage_records_2030_01'), null, 'January is in schema comply no more');
select is(
  (select c.relforcerowsecurity and c.relacl is null
     and not exists (select from pg_policy as p where p.polrelid = c.oid)
   from pg_class as c where c.oid = to_regclass('comply_private.storage_records_2030_01')),
  true, 'but where nobody enters, without grants and policies');
select is(comply_private.make_partition('comply.storage_records', '2030-01-15'), null, 'and is not made again');
select is(
  (select status from comply.health() where name = 'tables_isolated'), 'ok', 'which leaves the guards as they were');

select is_empty(
  $$ select * from comply.destruction_certificates where covers_from < '2030-02-01' $$,
  'as long as it could come back, nothing is certified');
set local comply.now = '2030-06-22 11:59+00';
select pg_temp.enforce();
select isnt(to_regclass('comply_private.storage_records_2030_01'), null, 'before its time it stays');
set local comply.now = '2030-06-22 12:00+00';
select pg_temp.enforce();
select is(to_regclass('comply_private.storage_records_2030_01'), null, 'then it is gone');
select is(pg_temp.state('01'), 'DROP dropped', 'and the item says so');

select results_eq(
  $$
    select tenant_id, verdict, to_char(covers_from at time zone 'UTC', 'MM-DD HH24'), rows_destroyed, rows_kept, basis,
      rule, archive_ids is null, planned_by = session_user, approved_by, executed_by = session_user,
      effective_at - destroyed_at = interval '35 days'
    from comply.destruction_certificates
    where table_name = 'storage_records'
    order by covers_from, tenant_id
  $$,
  $$
    values
      ('test-acme', 'DROP', '01-01 00', 20::bigint, 0::bigint, 'a contract', 'test-acme/*/*', true, true, null, true, true),
      ('test-globex', 'DROP', '01-01 00', 10, 0, 'a contract', 'test-globex/*/*', true, true, null, true, true),
      ('test-acme', 'REWRITE', '02-01 00', 20, 0, 'a contract', 'test-acme/*/*', true, true, null, true, true),
      ('test-globex', 'REWRITE', '02-01 00', 5, 3, 'a contract', 'test-globex/*/*', true, true, null, true, true),
      ('test-globex', 'REWRITE', '02-10 08', 12, 3, 'a contract', 'test-globex/*/*', true, true, null, true, true),
      ('test-acme', 'BATCH', '03-01 00', 20, 0, 'a contract', 'test-acme/*/*', true, true, null, true, true),
      ('test-globex', 'BATCH', '03-01 00', 5, 3, 'a contract', 'test-globex/*/*', true, true, null, true, true),
      ('test-globex', 'BATCH', '03-10 08', 12, 3, 'a contract', 'test-globex/*/*', true, true, null, true, true)
  $$,
  'each tenant and span has its certificate, with what was kept beside it');

-- Rows of the same content in two months hash the same, whichever way they went: only their times and ids differ, so
-- the hash is tried on a month that comes back.
select is_empty(
  $$ select from comply.destruction_certificates where content_hash = sha256('') $$, 'none of which is empty');

select is(
  (select count(*) from comply.audit_trail where table_name = 'storage_records' and operation = 'DELETE'),
  37::bigint, 'what went in batches has a row each in the trail');
select is_empty(
  $$
    select old_values
    from comply.audit_trail
    where table_name = 'storage_records'
      and operation = 'DELETE'
      and (
        array(select jsonb_object_keys(old_values) order by 1) <> array['content_hash', 'timestamp']
        or old_values ->> 'content_hash' !~ '^[0-9a-f]{64}$'
      )
  $$,
  'with key and hash, and no image');
select results_eq(
  $$
    select d.old_values ->> 'content_hash'
    from comply.audit_trail as d
    where d.operation = 'DELETE' and d.table_name = 'storage_records'
    order by d.record_id
  $$,
  $$
    select encode(sha256(convert_to(i.new_values::text, 'UTF8')), 'hex')
    from comply.audit_trail as d
    join comply.audit_trail as i on i.record_id = d.record_id and i.operation = 'INSERT'
    where d.operation = 'DELETE' and d.table_name = 'storage_records'
    order by d.record_id
  $$,
  'the hash is that of the row as it was');
select is_empty($$ select * from comply_private.destruction_permits $$, 'no permit is left');
select is_empty($$ select * from comply_private.retention_batches $$, 'nor a batch');
select is_empty(
  $$ select * from comply.verify_records('storage_records') $$, 'nothing of it looks like a loss');

delete from comply.storage_records as r where r.tenant_id = 'test-initech' and r."timestamp" >= '2030-03-20';
select is(
  (select count(*) from comply.audit_trail where operation = 'DELETE' and old_values ? 'mapped_data'), 80::bigint,
  'what is deleted otherwise leaves its image as ever');

select is(pg_temp.months('test-globex'), '02:3 03:3', 'and what is held is there');

select * from finish();
rollback;
