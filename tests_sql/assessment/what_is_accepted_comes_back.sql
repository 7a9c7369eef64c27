begin;
set local search_path = tap, pg_catalog;
select plan(15);

create schema test_shop authorization comply_owner;
grant usage on schema test_shop to comply_admin;
create table test_shop.visits (seen timestamptz not null);
create table test_shop.tickets (ticket_id serial primary key);
alter table test_shop.visits owner to comply_admin;
alter table test_shop.tickets owner to comply_admin;
select setval('test_shop.tickets_ticket_id_seq', 1200000000) \g /dev/null
create role test_admin login in role comply_admin;

set local session authorization test_admin;

select lives_ok(
  $$
    select comply.accept_assessment(
      'table_without_primary_key', 'test_shop.visits', 'A log that nobody refers to.', comply.now() + interval '90 days',
      'test_shop')
  $$,
  'an administrator accepts a finding');

select results_eq(
  $$ select a.rule from comply.assess_schema('test_shop') as a $$,
  $$ values ('sequence_near_end') $$,
  'so it is found no more');

select results_eq(
  $$
    select a.rule, a.accepted_until = comply.now() + interval '90 days'
    from comply.assess_schema('test_shop', with_accepted => true) as a
  $$,
  $$ values ('sequence_near_end', null), ('table_without_primary_key', true) $$,
  'but where it is asked for what is accepted');

select results_eq(
  $$ select e.accepted_by, e.reason from comply.assessment_exceptions as e where e.subject = 'test_shop.visits' $$,
  $$ values ('test_admin', 'A log that nobody refers to.') $$,
  'who accepted it, and why, is on record');

select throws_ok(
  $$
    insert into comply.assessment_exceptions (rule, subject, severity, reason, accepted_until, accepted_by)
    values ('a', 'b', 'low', 'c', now() + interval '1 day', 'somebody')
  $$,
  '42501', null, 'and nobody says that it was another');

select throws_ok(
  $$
    select comply.accept_assessment(
      'table_without_primary_key', 'test_shop.visit', 'x', comply.now() + interval '1 day', 'test_shop')
  $$,
  'PC640', null, 'what nobody found cannot be accepted');

select throws_ok(
  format(
    'select comply.accept_assessment(%L, %L, %L, comply.now() + %L::interval, %L)', 'table_without_primary_key',
    'test_shop.visits', f.reason, f.span, 'test_shop'),
  '23514', null, f.what)
from (
  values
    (' ', '1 day', 'nor without a reason'),
    ('x', '-1 day', 'nor until a time that is over'),
    ('x', '367 days', 'nor for more than a year')
) as f (reason, span, what);

select comply.accept_assessment(
  'sequence_near_end', 'test_shop.tickets.ticket_id', 'Grows slowly.', comply.now() + interval '90 days', 'test_shop')
\g /dev/null

select is_empty(
  $$ select a.rule from comply.assess_schema('test_shop') as a $$,
  'all that is found may be accepted');

select setval('test_shop.tickets_ticket_id_seq', 2000000000) \g /dev/null
select results_eq(
  $$ select a.severity, a.rule from comply.assess_schema('test_shop') as a $$,
  $$ values ('critical', 'sequence_near_end') $$,
  'what has become more severe since is found again');

reset session authorization;
set local comply.now = '2099-01-01';
select isnt_empty(
  $$ select from comply.assess_schema('test_shop') as a where a.rule = 'table_without_primary_key' $$,
  'and so is what was accepted until then');
set local comply.now = '';

set local session authorization test_admin;
select results_eq(
  $$
    select comply.withdraw_acceptance('table_without_primary_key', 'test_shop.visits')
    union all
    select comply.withdraw_acceptance('table_without_primary_key', 'test_shop.visits')
  $$,
  $$ values (true), (false) $$,
  'and what is withdrawn, twice in vain');
select isnt_empty(
  $$ select from comply.assess_schema('test_shop') as a where a.rule = 'table_without_primary_key' $$,
  'it is found again at once');

reset session authorization;
select results_eq(
  $$
    select e.action, coalesce(e.old_values, e.new_values) ->> 'subject'
    from comply_private.admin_events as e
    where e.object = 'comply.assessment_exceptions'
      and e.user_id = 'test_admin'
    order by e.id
  $$,
  $$
    values
      ('INSERT', 'test_shop.visits'),
      ('INSERT', 'test_shop.tickets.ticket_id'),
      ('DELETE', 'test_shop.visits')
  $$,
  'all of which administrators are seen to do');

select * from finish();
rollback;
