-- What a report says of changes and reads is counted from sealed blocks: each row once, and none before it is final.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
-- In a transaction that is not over nothing can be sealed, so blocks are written here as the sealer would.
\ir ../two_tenants.psql
\ir ../reported.psql
create temp table number_of_blocks as
select count(*) as blocks from comply.ledger_blocks where tenant_id ~ '^test-';
select is(blocks, 0::bigint, 'nothing of the tenants is sealed yet') from number_of_blocks;

create function pg_temp.seal(tenant text, no bigint, stream text, since timestamptz, records integer, operation text)
returns void
language plpgsql
as $$
declare
  v_first uuid;
  v_last  uuid;
begin
  perform comply_private.make_partition('comply.audit_trail', date_trunc('month', since));
  perform comply_private.make_partition('comply.access_log', date_trunc('month', since));

  if stream = 'audit_trail' then
    insert into comply.audit_trail (
      tenant_id, id, "timestamp", table_name, record_id, operation, user_id, transaction_id)
    select tenant, lpad(to_hex(1000 * no + i), 32, '0')::uuid, since + i * interval '1 hour', 'model_metrics',
      gen_random_uuid(), seal.operation, 'test_service', (no + 1)::text::xid8
    from generate_series(1, records) as i;
  else
    insert into comply.access_log (
      tenant_id, id, "timestamp", table_name, user_id, query_text, seq, transaction_id)
    select tenant, lpad(to_hex(1000 * no + i), 32, '0')::uuid, since + i * interval '1 hour', 'storage_records',
      'test_gone', 'select', i, (no + 1)::text::xid8
    from generate_series(1, records) as i;
  end if;

  v_first := lpad(to_hex(1000 * no + 1), 32, '0')::uuid;
  v_last := lpad(to_hex(1000 * no + records), 32, '0')::uuid;
  insert into comply.ledger_blocks (
    tenant_id, stream, block_no, incarnation, period, pass_no, xid_from, xid_to, first_transaction_id, first_id,
    last_transaction_id, last_id, leaf_count, root, history_root, fingerprint, sealed_at)
  select tenant, stream, no, s.incarnation, date_trunc('month', since), 1, '0', '9', (no + 1)::text::xid8, v_first,
    (no + 1)::text::xid8, v_last, records, sha256(''), sha256(''), sha256(''), now()
  from comply_private.ledger_state as s;
  insert into comply_private.ledger_heads as h (
    tenant_id, stream, blocks, leaves, xid_to, last_transaction_id, last_id, peaks)
  values (tenant, stream, no + 1, records, '9', '9', v_last, '')
  on conflict on constraint ledger_heads_pkey do update set blocks = excluded.blocks;
end;
$$;

create function pg_temp.activity(tenant text)
returns text
language sql
as $$
  select concat_ws(' ', a ->> 'changes', a ->> 'reads', a ->> 'denials')
  from (select pg_temp.report(tenant => activity.tenant) -> 'activity' as a) as r;
$$;

update comply_private.ledger_state set began_with = '00000000-0000-0000-0000-000000000000', sealed_at = '2030-05-31';
select is(pg_temp.activity('test-acme'), '0 0 0', 'so a report tells of no activity');

select pg_temp.seal('test-acme', 0, 'audit_trail', '2030-05-10 00:00+00', 30, 'INSERT'),
  pg_temp.seal('test-acme', 1, 'audit_trail', '2030-05-20 00:00+00', 7, 'DELETE'),
  pg_temp.seal('test-acme', 0, 'access_log', '2030-05-20 00:00+00', 5, null),
  pg_temp.seal('test-globex', 0, 'audit_trail', '2030-05-20 00:00+00', 3, 'UPDATE'),
  pg_temp.seal('test-globex', 1, 'audit_trail', '2030-06-01 00:00+00', 11, 'UPDATE') \g /dev/null
-- Of a transaction that the sealer has not seen.
insert into comply.audit_trail (tenant_id, id, "timestamp", table_name, record_id, operation, user_id, transaction_id)
select 'test-acme', gen_random_uuid(), '2030-05-11', 'model_metrics', gen_random_uuid(), 'INSERT', 'test_service', '4';

select ok(comply.count_activity(1) > 0, 'a limit is how many blocks one call counts');
select ok(comply.count_activity() > 0, 'the next goes on');
select is(comply.count_activity(), 0::bigint, 'and then there is nothing to count');
select is(pg_temp.activity('test-acme'), '37 5 0', 'every sealed row of the tenant is counted once, and no other');
select is(pg_temp.activity('test-globex'), '3 0 0', 'those of another month are not in the report');

select is(
  (select string_agg(format('%s %s %s', t ->> 'table_name', t ->> 'operation', t ->> 'row_count'), ', ' order by o)
   from jsonb_array_elements(
     pg_temp.report(tenant => 'test-acme') -> 'activity' -> 'tables') with ordinality as x (t, o)),
  'model_metrics INSERT 30, model_metrics DELETE 7, storage_records SELECT 5',
  'by table and operation');
select is(
  (select string_agg(format('%s %s %s', t ->> 'day', t ->> 'changes', t ->> 'reads'), ', ' order by o)
   from jsonb_array_elements(pg_temp.report(tenant => 'test-acme') -> 'activity' -> 'trend') with ordinality as x (t, o)
   where t ->> 'changes' <> '0'),
  '2030-05-10 23 0, 2030-05-11 7 0, 2030-05-20 7 5',
  'and by day');
select is(
  pg_temp.report(tenant => 'test-acme') -> 'activity' -> 'privileged' -> 0 ->> 'reason', 'login or role is gone',
  'a login that is gone counts as privileged, as comply.privileged_activity() has it');
select is(
  jsonb_array_length(pg_temp.report(tenant => 'test-acme') -> 'activity' -> 'privileged'), 1, 'a service does not');
select is(
  pg_temp.report() -> 'activity' ->> 'counted_to', '2030-05-31T00:00:00+00:00', 'the report says how far that goes');

-- An earlier life of the database had the same transaction ids, and lower audit ids.
update comply_private.ledger_state
set began_with = 'ffffffff-0000-0000-0000-000000000000', incarnation = incarnation + 1;
select pg_temp.seal('test-acme', 2, 'audit_trail', '2030-05-25 00:00+00', 4, 'INSERT') \g /dev/null
select comply.count_activity() \g /dev/null
select is(
  pg_temp.activity('test-acme'), '37 5 0', 'what was before the database began this life is no part of its blocks');

select * from finish();
rollback;
