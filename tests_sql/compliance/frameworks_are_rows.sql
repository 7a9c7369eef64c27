begin;
set local search_path = tap, pg_catalog;
select plan(47);
\ir ../two_tenants.psql
create role test_admin login in role comply_admin;
create role test_both login in role comply_admin, comply_app;
select now() as first, now() + interval '1 day' as second, now() + interval '2 days' as third
\gset

-- What deployments add

select set_has(
  $$ select framework_id from comply.frameworks $$,
  $$ values ('soc2'), ('iso27001'), ('hipaa'), ('gdpr'), ('eu-ai-act'), ('nist-800-53') $$,
  'six frameworks are there');

select is_empty(
  $$ select control_id from comply.controls where length(title) > 80 $$, 'titles are short, and our own');

select is_empty(
  $$
    select c.check_id
    from comply.checks as c
    where not exists (select from comply.control_mappings as m where m.check_id = c.check_id)
  $$,
  'every check bears on a control');

select is_empty(
  $$
    select m.source_id
    from comply.control_mappings as m
    where m.source = 'label'
      and not exists (
        select
        from comply.taxonomy_labels as l
        where l.label = m.source_id
           or starts_with(l.label, m.source_id || '.')
      )
  $$,
  'every label that is mapped is one of the taxonomy, or the beginning of some');

-- The registry and the functions

select set_eq(
  $$
    select p.proname::text
    from pg_proc as p
    where p.pronamespace = 'comply'::regnamespace
      and p.prorettype = 'comply.finding'::regtype
  $$,
  $$ select function_name from comply.checks $$,
  'every check has its function, and every such function is of a check');

select set_eq(
  $$
    select p.proname::text
    from pg_proc as p
    where p.pronamespace = 'comply'::regnamespace
      and p.prorettype = 'comply.sampled'::regtype
      and p.proname <> 'draw_sample'
  $$,
  $$ select sample_function from comply.checks where kind = 'operation' $$,
  'as has every check of operation the one that draws samples');

select is_empty(
  $$
    select p.oid::regprocedure
    from pg_proc as p
    where p.pronamespace = 'comply'::regnamespace
      and p.prorettype in ('comply.finding'::regtype, 'comply.sampled'::regtype)
      and p.proname <> 'draw_sample'
      and not (
        p.prosecdef
        and p.proretset
        and case p.prorettype when 'comply.finding'::regtype then p.pronargs = 0
                              else p.proargnames = '{sample_size,seed}' end
      )
  $$,
  'they have one form');

select is_empty(
  $$
    select p.oid::regprocedure, r.role
    from pg_proc as p
    cross join unnest(array['comply_app', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin',
                            'comply_operator']) as r (role)
    where p.pronamespace = 'comply'::regnamespace
      and p.prorettype = 'comply.finding'::regtype
      and has_function_privilege(r.role, p.oid, 'execute')
          <> (r.role in ('comply_auditor', 'comply_admin', 'comply_operator'))
  $$,
  'and are for those who audit, administer and operate');

create function pg_temp.problem(query text)
returns text
language plpgsql
as $$
begin
  execute 'explain ' || query;
  return null;
exception
  when others then
    return sqlerrm;
end;
$$;

select is_empty(
  $$
    select c.check_id, p.problem
    from comply.checks as c
    cross join lateral pg_temp.problem(c.evidence_query) as p (problem)
    where p.problem is not null
  $$,
  'the evidence of each is a query that runs');

-- What a tenant adds

create function pg_temp.definition(version text, extra jsonb default '{}')
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'framework_id', 'acme-rules',
    'version', version,
    'title', 'Rules of Acme',
    'controls', jsonb_build_array(
      jsonb_build_object('control_id', 'R1', 'title', 'Rows are apart'),
      jsonb_build_object('control_id', 'R2', 'title', 'Nobody is insulted')),
    'mappings', jsonb_build_array(
      jsonb_build_object('control_id', 'R1', 'check', 'rls_forced', 'coverage', 'full'),
      jsonb_build_object('control_id', 'R2', 'label', 'HARM.SPEECH', 'coverage', 'supports'))) || extra
$$;

-- As a login in a context; what it does stays.
create function pg_temp.as_service(login text, tenant text, query text)
returns text
language plpgsql
as $$
declare
  v_answer text;
begin
  execute format('set local session authorization %I', login);
  if tenant is not null then
    perform comply.enter(tenant);
  else
    perform set_config('comply.tenant_id', '', true);
  end if;
  execute query into v_answer;
  reset session authorization;
  perform set_config('comply.tenant_id', '', true);
  return v_answer;
end;
$$;

select is(
  pg_temp.as_service(
    'test_service', 'test-acme', format('select comply.define_framework(%L)', pg_temp.definition('1'))),
  'true', 'a service adds one of its tenant');

select is(
  pg_temp.as_service(
    'test_service', 'test-acme', format('select comply.define_framework(%L)', pg_temp.definition('1'))),
  'false', 'twice is once');

select results_eq(
  $$ select tenant_id, control_id, title from comply.all_controls where framework_id = 'acme-rules' $$,
  $$ values ('test-acme', 'R1', 'Rows are apart'), ('test-acme', 'R2', 'Nobody is insulted') $$,
  'its controls are among the others');

select results_eq(
  $$ select control_id, source, source_id, coverage from comply.all_mappings where framework_id = 'acme-rules' $$,
  $$ values ('R1', 'check', 'rls_forced', 'full'), ('R2', 'label', 'HARM.SPEECH', 'supports') $$,
  'as are its mappings');

select is(
  pg_temp.as_service(
    'test_service', 'test-acme',
    $$ select count(*)::text from comply.all_controls where framework_id = 'acme-rules' $$),
  '2', 'the tenant sees it');

select is(
  pg_temp.as_service(
    'test_service', 'test-globex',
    $$ select count(*)::text from comply.all_controls where framework_id = 'acme-rules' $$),
  '0', 'and no other does');

select throws_ok(
  $$ select comply.run_checks('acme-rules') $$, 'PC600', null, 'a run outside its context does not know it');

select pg_temp.as_service('test_admin', 'test-acme', $$ select comply.run_checks('acme-rules')::text $$) as run
\gset

select results_eq(
  format('select check_id, frameworks @> array[%L] from comply.findings(%L)', 'acme-rules', :'run'),
  $$ values ('rls_forced', true) $$,
  'one inside asks what bears on it');

select is(
  (select r.tenant_id from comply.check_runs as r where r.id = :'run'), 'test-acme', 'and is that tenant''s');

-- A finding about another tenant does not tell of it.
insert into comply.checks (
  check_id, position, title, severity, kind, scope, function_name, evidence_query, remedy)
values ('test_finds', 9001, 'A test', 'low', 'configuration', 'tenant', 'check_test_finds', 'select', 'None');
create function comply.check_test_finds() returns setof comply.finding language plpgsql as $$
begin
  return next comply_private.finding('test_finds', 'pass', 'a', 'x', '{}', 'test-acme');
  return next comply_private.finding('test_finds', 'pass', 'b', 'x', '{}', 'test-globex');
end $$;

-- As the owner, whose clock a test may move.
create function pg_temp.define(definition jsonb, stays boolean default false)
returns text
language plpgsql
as $$
declare
  v_answer text;
begin
  begin
    perform comply.enter('test-acme');
    v_answer := comply.define_framework(define.definition);
    perform set_config('comply.tenant_id', '', true);
    if not define.stays then
      raise exception 'undo' using errcode = 'TX001';
    end if;
  exception
    when sqlstate 'TX001' then
      null;
    when others then
      v_answer := sqlstate;
  end;
  return v_answer;
end;
$$;

set local comply.now = :'second';

select is(
  pg_temp.define(
    pg_temp.definition('2', '{"mappings": [{"control_id": "R2", "check": "test_finds", "coverage": "full"}]}'), true),
  'true', 'a new version');

select results_eq(
  $$ select version, valid_from, valid_until from comply.tenant_frameworks order by version $$,
  format('values (%L, %L::timestamptz, %L::timestamptz), (%L, %L, null)', '1', :'first', :'second', '2', :'second'),
  'ends the one before it');

select comply.enter('test-acme')
\g /dev/null
select comply.run_checks()
\g /dev/null

select results_eq(
  $$
    select tenant_id, frameworks
    from comply.findings
    where check_id = 'test_finds'
      and run_id = (select max(r.id::text)::uuid from comply.check_runs as r where r.tenant_id = 'test-acme')
    order by 1
  $$,
  $$ values ('test-acme', '{acme-rules}'::text[]), ('test-globex', '{}') $$,
  'what a tenant added is not told to another');

select results_eq(
  format('select version, source_id from comply_private.mappings_at(%L, %L)', :'first', 'acme-rules'),
  $$ values ('1', 'rls_forced'), ('1', 'HARM.SPEECH') $$,
  'a report on the first day uses the mapping of that day');

select results_eq(
  format('select version, source_id from comply_private.mappings_at(%L, %L)', :'second', 'acme-rules'),
  $$ values ('2', 'test_finds') $$,
  'one on the second that of the second');

select set_config('comply.tenant_id', '', true)
\g /dev/null

-- What is no definition

set local comply.now = :'third';

select is(pg_temp.define(pg_temp.definition('3')), 'true', 'a third version could be added');

select is(pg_temp.define(d.definition), 'PC601', d.what)
from (
  values
    (pg_temp.definition('2', '{"title": "Other rules"}'), 'a version stays as it is'),
    (pg_temp.definition('3', jsonb_build_object('valid_from', :'second')), 'what was valid stays valid'),
    (pg_temp.definition('3', '{"framework_id": "soc2"}'), 'a name of every tenant is taken'),
    (pg_temp.definition('3', '{"framework_id": "No good"}'), 'a name has its form'),
    (pg_temp.definition('3', '{"valid_from": "tomorrow"}'), 'as has a time'),
    (pg_temp.definition('3', '{"controls": []}'), 'there are controls'),
    (pg_temp.definition('3', '{"controls": [{"control_id": "R1", "title": "x"}, {"control_id": "R1", "title": "y"}]}'),
     'each once'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R9", "check": "rls_forced", "coverage": "full"}]}'),
     'mappings name them'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R1", "check": "no_such", "coverage": "full"}]}'),
     'and a check'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R1", "label": "HARM.SPE", "coverage": "full"}]}'),
     'or a label, whole'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R1", "check": "rls_forced", "coverage": "all"}]}'),
     'and how far'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R1", "check": "rls_forced", "coverage": "full"},
                                            {"control_id": "R1", "check": "rls_forced", "coverage": "partial"}]}'),
     'once'),
    (pg_temp.definition('3', '{"mappings": [{"control_id": "R1", "coverage": "full"}]}'), 'something at all'),
    (pg_temp.definition('3', (
       select jsonb_build_object(
         'mappings', '[]'::jsonb,
         'controls', jsonb_agg(jsonb_build_object('control_id', 'C' || n, 'title', 'x')))
       from generate_series(1, 2001) as n)),
     'a framework ends somewhere'),
    ('[]', 'a list is none')
) as d (definition, what);

select is(
  pg_temp.attempt('test_service', null, format('select comply.define_framework(%L)', pg_temp.definition('3'))), 'PC004',
  'a service needs a context');

select is(
  pg_temp.attempt('test_both', null, format('select comply.define_framework(%L)', pg_temp.definition('3'))), 'PC004',
  'even one that administers besides');

-- What an administrator adds is for every tenant.
select is(
  pg_temp.as_service('test_admin', null, format('select comply.define_framework(%L)',
    pg_temp.definition('1', '{"framework_id": "house-rules"}'))),
  'true', 'an administrator adds one for all');

select is(
  pg_temp.as_service(
    'test_service', 'test-globex',
    $$ select count(*)::text from comply.all_mappings where framework_id = 'house-rules' $$),
  '2', 'which every tenant sees');

select is(
  (select count(distinct f.check_id) from comply.findings(comply.run_checks('house-rules')) as f), 1::bigint,
  'and every run asks');

select is(
  (select defined_by from comply.frameworks where framework_id = 'house-rules'), 'test_admin', 'it says who added it');

-- What is null in a mapping is not there.
select '{"mappings": [{"control_id": "R2", "check": null, "label": "HARM", "coverage": "full"},
                      {"control_id": "R1", "check": "rls_forced", "label": null, "coverage": "full"}]}' as mappings
\gset
select set_eq(
  $$ select source, source_id from comply.all_mappings where (framework_id, version) = ('acme-rules', '3') $$,
  $$ values ('label', 'HARM'), ('check', 'rls_forced') $$,
  'a label beside no check is a label')
from pg_temp.define(pg_temp.definition('3', :'mappings'), true);

select set_eq(
  $$ select source, source_id from comply.all_mappings where (framework_id, version) = ('house-rules', '2') $$,
  $$ values ('label', 'HARM'), ('check', 'rls_forced') $$,
  'also in what is for every tenant')
from pg_temp.as_service('test_admin', null, format('select comply.define_framework(%L)',
  pg_temp.definition('2', '{"framework_id": "house-rules"}'::jsonb
    || jsonb_build_object('valid_from', now() + interval '3 days') || :'mappings')));

select * from finish();
rollback;
