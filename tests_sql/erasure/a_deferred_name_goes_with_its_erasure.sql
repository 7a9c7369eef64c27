-- While a hold defers an erasure, the name of the subject is kept, as nothing else would find it. It goes whichever way
-- the erasure is carried out.
begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir ../two_tenants.psql

update comply.tenant_configs as c set audit_level = 'minimal' where c.tenant_id = 'test-acme';
insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms, success, subject_id)
values ('test-acme', 'presidio', 'test-1', 1, true, 'p-9');
select comply.place_hold('test-acme', 'case 9', 'a test') \g /dev/null

select is((comply.erase_subject('test-acme', 'p-9', 'a request')).state, 'deferred', 'a hold defers it');
delete from comply.detector_executions where subject_id = 'p-9';
select comply.release_hold('test-acme', 'case 9', 'it is over') \g /dev/null

select is(
  (comply.erase_again('test-acme', encode(comply_private.subject_digest('test-acme', 'p-9'), 'hex'), 'a request')).state,
  'shredded', 'asked for again by its digest, when nothing names it any more, it is carried out');
select is_empty($$ select from comply_private.deferred_subjects $$, 'and the name is gone');

select * from finish();
rollback;
