begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir fixture.psql
\ir faults/changes_audited.psql

select is(pg_temp.status_of('changes_audited'), 'pass', 'every table of an installation is audited');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a trigger that is off is found')
from fault as f;
select is(
  pg_temp.observed_under(f.check_id, f.statement, 'model_metrics') -> 'missing', '["_510_audit_update"]',
  'and named')
from fault as f;
select is(
  pg_temp.status_under('changes_audited', 'alter table comply.legal_holds enable trigger _520_audit_delete'),
  'fail',
  'so is one that replication would pass by');
select is(
  pg_temp.status_under(
    'changes_audited',
    $$
      create or replace function comply_private.tg_model_metrics__audit() returns trigger language plpgsql volatile
      security definer set search_path = pg_catalog, pg_temp as 'begin return null; end'
    $$), 'fail',
  'or a function that writes nothing');
select is(
  pg_temp.status_under(
    'changes_audited',
    $$
      set local check_function_bodies = off;
      create or replace function comply_private.tg_model_metrics__audit() returns trigger language plpgsql volatile
      security definer set search_path = pg_catalog, pg_temp as ''
    $$), 'fail',
  'or that has no text');
select is(
  pg_temp.observed_under('changes_audited', t.statement || $$;
    alter table comply.model_metrics enable always trigger _510_audit_update $$, 'model_metrics') -> 'missing',
  '["_510_audit_update"]', t.what)
from (
  values
    ($$
       create or replace trigger _510_audit_update after update on comply.model_metrics
       referencing old table as old_rows new table as new_rows for each statement when (false)
       execute function comply_private.tg_model_metrics__audit()
     $$, 'so is a trigger on a condition'),
    ($$
       create or replace trigger _510_audit_update after insert on comply.model_metrics
       referencing new table as new_rows for each statement
       execute function comply_private.tg_model_metrics__audit()
     $$, 'one that fires on something else'),
    ($$
       create function comply_private.tg__nothing() returns trigger language plpgsql as 'begin return null; end';
       create or replace trigger _510_audit_update after update on comply.model_metrics for each statement
       execute function comply_private.tg__nothing()
     $$, 'and one that calls another function')
) as t (statement, what);
select is(
  pg_temp.status_under('changes_audited', 'alter table comply.ledger_blocks disable trigger _100_refuse_change'),
  'pass',
  'but nothing that is for another check');

select * from finish();
rollback;
