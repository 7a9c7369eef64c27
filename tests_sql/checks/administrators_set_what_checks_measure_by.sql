begin;
set local search_path = tap, pg_catalog;
select plan(10);

set local role comply_operator;
select throws_ok(
  $$ select comply.set_check_limit('trail_kept', 'a test', '1 day') $$, '42501', null, 'an operator sets no limit');
select throws_ok(
  $$ select comply.allow_extension('dblink', 'a test') $$, '42501', null, 'and allows no extension');
select isnt_empty($$ select span from comply.check_limits $$, 'but sees what checks measure by');

set local role comply_admin;
select is(
  comply.set_check_limit('trail_kept', 'SOX, seven years', '7 years'), true, 'an administrator sets a span');
select is(comply.set_check_limit('trail_kept', 'SOX, seven years', '7 years'), false, 'once');
select is(
  (select (l.span, l.basis, l.set_by)::text from comply.check_limits as l where l.check_id = 'trail_kept'),
  ('7 years'::interval, 'SOX, seven years'::text, session_user::text)::text, 'with the reason, under the own name');
select throws_ok(
  format('select comply.set_check_limit(%L, %L, %L, %L)', c.check_id, 'a test', c.span, c.amount), 'PC605', null,
  format('%s is refused', c.what))
from (
  values
    ('a check without a limit', 'rls_forced', '1 day', null),
    ('a span where there is none', 'ledger_intact', '1 day', null),
    ('neither span nor amount', 'trail_kept', null, null)
) as c (what, check_id, span, amount);

reset role;
select is(
  (
    select array_agg(e.detail -> 'after' ->> 'span')
    from comply.admin_events('-infinity', 'infinity') as e
    where e.object = 'comply.check_limits'
      and e.detail -> 'after' ->> 'basis' = 'SOX, seven years'
  ), array['P7Y'], 'and what was set stays on record');

select * from finish();
rollback;
