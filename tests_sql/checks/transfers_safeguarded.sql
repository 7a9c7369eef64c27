begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/transfers_safeguarded.psql

select is(pg_temp.status_of('transfers_safeguarded'), 'na', 'without recipients there is nothing to judge');

select is(
  pg_temp.status_under(
    'transfers_safeguarded',
    $$ insert into comply.processing_recipients (tenant, activity, recipient, country, safeguard,
           reason) values ('*', 'Detector results', 'A model provider', 'US', 'standard contractual
           clauses', 'moderation') $$),
  'pass', 'one with standard clauses passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one without a safeguard fails')
from fault as f;

select is(
  pg_temp.status_under(
    f.check_id,
    f.statement || $$; update comply.processing_activities set valid_until = now() - interval '1 day' $$),
  'na', 'of an activity that has ended nothing goes anywhere')
from fault as f;

select is(
  pg_temp.status_under(
    'transfers_safeguarded',
    $$ insert into comply.processing_recipients (tenant, activity, recipient, country, safeguard,
           reason) values ('*', 'Detector results', 'A model provider', 'DE', null, 'moderation') $$),
  'pass', 'one inside the Union needs none');

select * from finish();
rollback;
