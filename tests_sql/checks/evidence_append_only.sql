begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir fixture.psql
\ir faults/evidence_append_only.psql

select is(pg_temp.status_of('evidence_append_only'), 'pass', 'evidence of an installation can only grow');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a guard that is off is found')
from fault as f;
select is(
  pg_temp.observed_under('evidence_append_only', g.statement, 'audit_trail') -> 'granted', g.granted,
  format('so is a grant: %s', g.granted))
from (
  values
    ('grant delete on comply.audit_trail to comply_operator', '["DELETE to comply_operator"]'::jsonb),
    ('grant update (actor) on comply.audit_trail to comply_admin', '["UPDATE to comply_admin"]'),
    ('grant truncate on comply.audit_trail to public', '["TRUNCATE to public"]')
) as g (statement, granted);
select is(
  pg_temp.status_under(
    'evidence_append_only',
    $$
      drop trigger _100_refuse_change on comply.findings;
      create trigger _100_refuse_change before delete or truncate on comply.findings for each statement
      execute function comply_private.tg__refuse('comply.findings', 'a test');
      alter table comply.findings enable always trigger _100_refuse_change
    $$), 'fail',
  'and a guard that lets updates through');

select is(
  pg_temp.status_under(
    'evidence_append_only',
    $$
      create or replace trigger _100_refuse_change before update or delete or truncate on comply.findings
      for each statement when (false) execute function comply_private.tg__refuse('comply.findings', 'a test');
      alter table comply.findings enable always trigger _100_refuse_change
    $$), 'fail',
  'or on a condition');
select is(
  pg_temp.status_under(
    'evidence_append_only',
    $$
      create function comply_private.tg__nothing() returns trigger language plpgsql as 'begin return null; end';
      create or replace trigger _100_refuse_change before update or delete or truncate on comply.audit_trail
      for each statement execute function comply_private.tg__nothing();
      alter table comply.audit_trail enable always trigger _100_refuse_change
    $$), 'fail',
  'or that calls another function');

select * from finish();
rollback;
