-- What a search reads, counted by the server and not by a clock: no month is scanned, and where months cannot
-- have rows, or the page is full, they are left alone.
begin;
set local search_path = tap, pg_catalog;
select plan(16);
\ir ../two_tenants.psql
\ir ../many_changes.psql
create role test_auditor login in role comply_auditor;

create function pg_temp.counted()
returns bigint[]
language sql
as $$
  select array[sum(s.idx_tup_fetch), sum(s.seq_scan)]::bigint[]
    || array_agg(s.idx_tup_fetch + s.seq_tup_read order by s.relname)
  from pg_stat_xact_user_tables as s
  where s.relname ~ '^audit_trail_2001_0[123]$'
$$;

-- Rows fetched from the months of 2001, scans of whole months, months that rows came from.
create function pg_temp.reading(login text, tenant text, arguments text)
returns table (fetched bigint, scans bigint, touched bigint, returned bigint)
language plpgsql
as $$
declare
  v_before bigint[] := pg_temp.counted();
  v_after  bigint[];
begin
  execute format('set local session authorization %I', login);

  if tenant is not null then
    perform comply.enter(tenant);
  end if;

  execute format('select count(*) from comply.audit_search(%s)', arguments) into returned;
  reset session authorization;

  v_after := pg_temp.counted();
  fetched := v_after[1] - v_before[1];
  scans := v_after[2] - v_before[2];
  touched := (v_after[3] > v_before[3])::integer + (v_after[4] > v_before[4])::integer
    + (v_after[5] > v_before[5])::integer;
  return next;
end;
$$;

create temp table reading as
select q.login, q.question, r.*
from (
  values
    ('test_auditor', null, 'newest', ''),
    ('test_auditor', null, 'month', $$since => '2001-02-01 00:00+00'$$),
    ('test_auditor', null, 'actor', $$actor => 'rare@example.com'$$),
    ('test_auditor', null, 'table', $$table_name => 'tenant_configs'$$),
    ('test_auditor', null, 'operation', $$operation => 'DELETE'$$),
    ('test_auditor', null, 'column', $$changed_column => 'azure_region'$$),
    ('test_auditor', null, 'request', format('correlation_id => %L', md5('request-2104')::uuid)),
    ('test_service', 'test-large', 'newest', ''),
    ('test_service', 'test-large', 'actor', $$actor => 'rare@example.com'$$),
    ('test_service', 'test-large', 'table', $$table_name => 'tenant_configs'$$),
    ('test_service', 'test-large', 'column', $$changed_column => 'azure_region'$$),
    ('test_service', 'test-acme', 'small', 'row_limit => 50')
) as q (login, tenant, question, arguments)
cross join lateral pg_temp.reading(
  q.login, q.tenant, concat_ws(', ', nullif(q.arguments, ''), $$before => '2001-04-01 00:00+00'$$)) as r;

select is(sum(r.scans), 0::numeric, 'no month is scanned') from reading as r;

select is(r.touched, 1::bigint, format('%s: the newest month has it all', r.login))
from reading as r
where r.question = 'newest'
order by r.login;

select cmp_ok(
  r.fetched, '<=', 2 * r.returned + 40, format('%s asks for %s: %s rows', r.login, r.question, r.returned))
from reading as r
order by r.login, r.question;

select cmp_ok(min(r.returned), '>', 0::bigint, 'and each question has an answer') from reading as r;

select * from finish();
rollback;
