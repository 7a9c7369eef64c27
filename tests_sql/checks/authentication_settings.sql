begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir faults/authentication_settings.psql

create function pg_temp.rules(rows text)
returns text
language sql
as $$
  select format(
    $q$
      create or replace function comply_private.client_rules()
      returns table (rule text, is_network boolean, method text)
      language sql
      stable
      begin atomic
        values %s;
      end
    $q$,
    rows)
$$;

-- A server that encrypts shows its floor to comply_owner only where that is granted.
grant pg_read_all_settings to comply_owner;

select is(
  pg_temp.status_of('authentication_settings'), 'manual', 'rules that are not to be read are for a person to judge');

select is(
  pg_temp.status_under('authentication_settings', pg_temp.rules($$
    ('pg_hba.conf line 1', false, 'peer'), ('pg_hba.conf line 2', true, 'scram-sha-256')
  $$)),
  'pass', 'those of today pass');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'passwords as MD5 fail')
from fault as f;

select is(
  pg_temp.status_under('authentication_settings', pg_temp.rules($$ ('pg_hba.conf line 1', false, 'trust') $$)), 'fail',
  'as does trust');

select is(
  pg_temp.observed_under(
    'authentication_settings', pg_temp.rules($$ ('pg_hba.conf line 7', true, 'password') $$), 'pg_hba.conf line 7'),
  '{"method": "password", "network": true}',
  'and a password in the clear, of which the line is named');

select is(
  pg_temp.status_under('authentication_settings', 'grant execute on function pg_hba_file_rules() to comply_owner'),
  (
    select case when bool_or(r.auth_method = 'trust' or r.type <> 'local' and r.auth_method in ('password', 'ident'))
                then 'fail' else 'pass' end
    from pg_hba_file_rules() as r
  ),
  'once the rules may be read, they are judged');

select * from finish();
rollback;
