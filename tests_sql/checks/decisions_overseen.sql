begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir fixture.psql
\ir faults/decisions_overseen.psql

select is(pg_temp.status_of('decisions_overseen'), 'na', 'without any there is nothing to judge');

select is(
  pg_temp.status_under(
    'decisions_overseen',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-review', 'A tenant');
         select comply.ensure_past_partitions('storage_records', comply.now() - interval '40 days',
           comply.now() - interval '40 days');
         insert into comply.storage_records (tenant_id, id, "timestamp", source_data_hash,
           detector_type, model_version, mapped_data) values ('test-review',
           '00000000-0000-7000-8000-00000000000a', comply.now() - interval '40 days', repeat('a', 64),
           'presidio', 'test-1', '{"labels": ["OTHER.NeedsReview"]}');
         insert into comply.decision_reviews (tenant_id, record_id, decision, reason, reviewer) values
           ('test-review', '00000000-0000-7000-8000-00000000000a', 'upheld', 'as the policy says',
           'ana') $$),
  'pass', 'one that a person reviewed passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that waits for more than 30 days fails')
from fault as f;

select * from finish();
rollback;
