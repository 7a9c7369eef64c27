begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/sessions_encrypted.psql

create function pg_temp.sessions(rows text)
returns text
language sql
as $$
  select format(
    $q$
      create or replace function comply_private.client_sessions()
      returns table (login text, is_visible boolean, is_local boolean, is_encrypted boolean)
      language sql
      stable
      begin atomic
        values %s;
      end
    $q$,
    rows)
$$;

select is(
  pg_temp.status_under('sessions_encrypted', pg_temp.sessions($$ ('ana', true, true, false) $$)), 'na',
  'where nobody comes by a network, there is nothing to judge');

select is(
  pg_temp.status_under('sessions_encrypted', pg_temp.sessions($$ ('ana', true, false, true) $$)), 'pass',
  'a session that is encrypted passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is not fails')
from fault as f;

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'sessions of bob'),
  '{"sessions": 1, "not_encrypted": 1, "not_visible": 0}',
  'and its login is named')
from fault as f;

select is(
  pg_temp.status_under('sessions_encrypted', pg_temp.sessions($$ ('ana', false, true, false) $$)), 'manual',
  'one that is not to be seen is for a person to judge');

select * from finish();
rollback;
