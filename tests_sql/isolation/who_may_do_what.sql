-- The whole of who may do what to whose rows, tried. A denied UPDATE or DELETE raises nothing, so all of them
-- ask what came back: '1 0' is one row of the own tenant and none of the other.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

-- A line of each log for each tenant, as the functions write them that are not tried here.
insert into comply.access_log (tenant_id, id, "timestamp", table_name, user_id, query_text, seq, transaction_id)
select t.tenant_id, comply.new_id(), now(), 'storage_records', 'ana', 'select', 1, pg_current_xact_id()
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
insert into comply.security_events (tenant_id, id, "timestamp", code, message, user_id, seq, transaction_id)
select t.tenant_id, comply.new_id(), now(), '42501', 'denied', 'ana', 1, pg_current_xact_id()
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
-- A sealed block of each, and a certificate, as the sealer and what destroys would write them.
insert into comply.ledger_blocks (
  tenant_id, stream, block_no, incarnation, period, pass_no, xid_from, xid_to, first_transaction_id, first_id,
  last_transaction_id, last_id, leaf_count, root, history_root, fingerprint, sealed_at)
select t.tenant_id, 'audit_trail', 0, 1, '2026-01-01', 1, '0', '9', '3', i.id, '3', i.id, 1, d.digest, d.digest, d.digest,
  now()
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
cross join (select comply.new_id() as id) as i
cross join (select sha256('') as digest) as d;
insert into comply.destruction_certificates (
  tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)
select t.tenant_id, 'audit_trail', '2020-01-01', '2020-02-01', 1, sha256(''), 'retention'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);

-- A report on each that was handed out, and a schedule.
insert into comply.reports (
  tenant_id, report_id, framework_id, version, period_from, period_to, format, location, file_name, file_bytes, file_hash)
select t.tenant_id, comply.new_id(), 'soc2', '1', '2020-01-01', '2020-02-01', 'html', '/reports', 'a', 1, sha256('')
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
select comply.set_report_schedule('soc2', '1 month', '{html}', null, t.tenant_id)
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
\g /dev/null

-- An archive of each, and a time that it was brought back.
insert into comply.archives (
  tenant_id, id, table_name, covers_from, covers_until, row_count, content_hash, columns, column_types,
  schema_fingerprint, format, sink, location, object_name, object_hash, object_bytes, manifest_hash, keep_until)
select t.tenant_id, comply.new_id(), 'model_metrics', '2020-01-01 00:00Z', '2020-02-01 00:00Z', 0, d.digest, '{id}',
  '{uuid}', d.digest, 'csv.gz', 'directory', '/archive', 'a', d.digest, 0, d.digest, now()
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
cross join (select sha256('') as digest) as d;
insert into comply.restores (tenant_id, archive_id, is_drill, row_count, erased_count)
select a.tenant_id, a.id, false, 0, 0
from comply.archives as a
where a.tenant_id in ('test-acme', 'test-globex');

insert into comply.erasures (tenant_id, scope, subject_digest, basis, due_at)
select t.tenant_id, 'subject', sha256(''), 'a request', now() + interval '1 month'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);

-- A hold on each, a rule, and a slice of an item.
select comply.place_hold(t.tenant_id, 'case 7', 'a test')
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
\g /dev/null
select comply.set_retention_policy(t.tenant_id, '*', '1 year', 'a test')
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
\g /dev/null
with item as (
  insert into comply.retention_items (
    table_name, month, verdict, fingerprint, rows_expired, rows_kept, needs_approval)
  values ('storage_records', '2020-01-01', 'DROP', sha256(''), 1, 0, true)
  returning id
)
insert into comply.retention_slices (
  tenant_id, item_id, covers_from, covers_until, row_count, rows_kept, action, rule, basis)
select t.tenant_id, i.id, '2020-01-01', '2020-02-01', 1, 0, 'delete', 'a rule', 'a test'
from item as i
cross join unnest(array['test-acme', 'test-globex']) as t (tenant_id);

-- What a run of checks leaves, what was accepted of it, and a framework of each.
insert into comply.check_runs (
  tenant_id, started_at, ended_at, server_version, frameworks, mapping_hash, check_count, finding_count, findings_hash)
select t.tenant_id, now(), now(), '15', '{}', sha256(''), 1, 1, sha256('')
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
insert into comply.findings (
  tenant_id, id, run_id, check_id, status, severity, subject, expected, observed, evidence_query, collected_at,
  frameworks, control_ids, coverages)
select r.tenant_id, r.id, r.id, 'rls_forced', 'pass', 'low', 'a table', 'a test', '{}', 'select', now(), '{}', '{}', '{}'
from comply.check_runs as r
where r.tenant_id in ('test-acme', 'test-globex');
select comply.accept_finding('rls_forced', 'a test', now() + interval '1 day', null, t.tenant_id)
from unnest(array['test-acme', 'test-globex']) as t (tenant_id)
\g /dev/null
insert into comply.tenant_frameworks (tenant_id, framework_id, version, title, definition, valid_from)
select t.tenant_id, 'test', '1', 'A test', '{}', now()
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);

insert into comply.subject_requests (tenant_id, kind, subject_digest, received_at, due_at)
select t.tenant_id, 'access', sha256(''), now(), now() + interval '1 month'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
insert into comply.decision_reviews (tenant_id, record_id, decision, reason, reviewer)
select t.tenant_id, comply.new_id(), 'upheld', 'a test', 'ana'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);
insert into comply.lineage_events (tenant_id, activity_id, activity, node, relation, source)
select t.tenant_id, comply.new_id(), 'load', 'load:a', 'used', 'file:a'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);

create temp table command as
select *
from (
  values
    ('subject_requests', 'kind, subject_digest, received_at, due_at', 'answer = ''seen'''),
    ('decision_reviews', 'record_id, decision, reason, reviewer', 'reason = ''seen'''),
    ('lineage_events', 'activity_id, activity, node, relation, source', 'node = ''seen:seen'''),
    ('storage_records', 'source_data_hash, detector_type, model_version, mapped_data',
     'blob_path = ''seen'''),
    ('detector_executions', 'detector_type, model_version, latency_ms, success', 'latency_ms = 1'),
    ('model_metrics', 'model_version, metric_name, metric_value', 'metric_value = 1'),
    ('load_rejects', 'load_id, line_no, detector_type, model_version, reason, line', 'detail = ''seen'''),
    ('tenant_configs', 'display_name', 'display_name = ''Seen'''),
    ('audit_trail', '"timestamp", table_name, record_id, operation, user_id, transaction_id',
     'actor = ''seen'''),
    ('access_log', '"timestamp", table_name, user_id, query_text, seq, transaction_id', 'actor = ''seen'''),
    ('security_events', '"timestamp", code, message, user_id, seq, transaction_id', 'actor = ''seen'''),
    ('destruction_certificates', 'table_name, covers_from, covers_until, rows_destroyed, content_hash, basis',
     'basis = ''seen'''),
    ('reports',
     'report_id, framework_id, version, period_from, period_to, format, location, file_name, file_bytes, file_hash',
     'location = ''seen'''),
    ('report_schedules', 'framework_id, every, formats, next_from', 'set_by = ''seen'''),
    ('ledger_blocks',
     'stream, block_no, incarnation, period, pass_no, xid_from, xid_to, first_transaction_id, first_id, '
     'last_transaction_id, last_id, leaf_count, root, history_root, fingerprint, sealed_at',
     'leaf_count = 2'),
    ('archives',
     'table_name, covers_from, covers_until, row_count, content_hash, columns, column_types, schema_fingerprint, '
     'format, sink, location, object_name, object_hash, object_bytes, manifest_hash, keep_until',
     'verified_by = ''seen'''),
    ('restores', 'archive_id, is_drill, row_count, erased_count', 'dropped_by = ''seen'''),
    ('erasures', 'scope, subject_digest, basis, requested_at, due_at', 'matter = ''seen'''),
    ('legal_holds', 'matter, reason', 'reason = ''seen'''),
    ('retention_policies', 'table_name, classification, keep, basis, action, needs_approval', 'basis = ''seen'''),
    ('retention_slices', 'item_id, covers_from, covers_until, row_count, rows_kept, action, rule, basis',
     'basis = ''seen'''),
    ('check_runs',
     'started_at, ended_at, server_version, frameworks, mapping_hash, check_count, finding_count, findings_hash',
     'run_by = ''seen'''),
    ('findings',
     'id, run_id, check_id, status, severity, subject, expected, observed, evidence_query, collected_at, frameworks, '
     'control_ids, coverages',
     'status = ''fail'''),
    ('finding_exceptions', 'check_id, reason, ends_at', 'reason = ''seen'''),
    ('tenant_frameworks', 'framework_id, version, title, definition, valid_from', 'title = ''seen''')
) as t (table_name, copied, changed)
cross join (
  values
    ('select', 'select tenant_id from comply.%1$I where tenant_id = %4$L'),
    ('insert', 'insert into comply.%1$I (tenant_id, %2$s) select %5$L, %2$s from row_of_%1$s returning tenant_id'),
    ('update', 'update comply.%1$I set %3$s where tenant_id = %4$L returning tenant_id'),
    ('delete', 'delete from comply.%1$I where tenant_id = %4$L returning tenant_id')
) as c (verb, statement);

-- What is inserted, for those as well who may not read.
create temp table row_of_storage_records as
select * from comply.storage_records where tenant_id = 'test-acme';
create temp table row_of_detector_executions as
select * from comply.detector_executions where tenant_id = 'test-acme';
create temp table row_of_model_metrics as
select * from comply.model_metrics where tenant_id = 'test-acme';
create temp table row_of_load_rejects as
select load_id, line_no + 1 as line_no, detector_type, model_version, reason, line
from comply.load_rejects
where tenant_id = 'test-acme';
create temp table row_of_tenant_configs as
select * from comply.tenant_configs where tenant_id = 'test-acme';
create temp table row_of_audit_trail as
select * from comply.audit_trail where tenant_id = 'test-acme' and table_name = 'storage_records';
create temp table row_of_access_log as
select * from comply.access_log where tenant_id = 'test-acme';
create temp table row_of_security_events as
select * from comply.security_events where tenant_id = 'test-acme';
create temp table row_of_destruction_certificates as
select * from comply.destruction_certificates where tenant_id = 'test-acme';
create temp table row_of_reports as
select * from comply.reports where tenant_id = 'test-acme';
create temp table row_of_report_schedules as
select * from comply.report_schedules where tenant_id = 'test-acme';
create temp table row_of_ledger_blocks as
select * from comply.ledger_blocks where tenant_id = 'test-acme';
create temp table row_of_archives as
select * from comply.archives where tenant_id = 'test-acme';
create temp table row_of_erasures as
select * from comply.erasures where tenant_id = 'test-acme';
create temp table row_of_restores as
select * from comply.restores where tenant_id = 'test-acme';
create temp table row_of_legal_holds as
select * from comply.legal_holds where tenant_id = 'test-acme';
create temp table row_of_retention_policies as
select * from comply.retention_policies where tenant_id = 'test-acme';
create temp table row_of_retention_slices as
select * from comply.retention_slices where tenant_id = 'test-acme';
create temp table row_of_check_runs as
select * from comply.check_runs where tenant_id = 'test-acme';
create temp table row_of_findings as
select * from comply.findings where tenant_id = 'test-acme';
create temp table row_of_finding_exceptions as
select * from comply.finding_exceptions where tenant_id = 'test-acme';
create temp table row_of_tenant_frameworks as
select * from comply.tenant_frameworks where tenant_id = 'test-acme';
create temp table row_of_subject_requests as
select * from comply.subject_requests where tenant_id = 'test-acme';
create temp table row_of_decision_reviews as
select * from comply.decision_reviews where tenant_id = 'test-acme';
create temp table row_of_lineage_events as
select * from comply.lineage_events where tenant_id = 'test-acme';
grant select on
  row_of_reports, row_of_report_schedules, row_of_subject_requests, row_of_decision_reviews,
  row_of_lineage_events, row_of_access_log, row_of_security_events,
  row_of_storage_records, row_of_detector_executions, row_of_model_metrics, row_of_load_rejects,
  row_of_tenant_configs, row_of_audit_trail, row_of_destruction_certificates, row_of_ledger_blocks,
  row_of_archives, row_of_restores, row_of_erasures, row_of_legal_holds, row_of_retention_policies, row_of_retention_slices,
  row_of_check_runs, row_of_findings, row_of_finding_exceptions, row_of_tenant_frameworks
  to public;

create function pg_temp.answer(login text, context text, tenant text, c command)
returns text
language sql
as $$
  select pg_temp.attempt(
    answer.login,
    answer.context,
    format(
      (answer.c).statement
      || case when (answer.c).table_name = 'audit_trail' and (answer.c).verb = 'select'
           then ' and table_name = ''storage_records''' else '' end,
      (answer.c).table_name,
      (answer.c).copied,
      (answer.c).changed,
      answer.tenant,
      answer.tenant || case when (answer.c).table_name = 'tenant_configs' then '-2' else '' end))
$$;

create function pg_temp.matrix(context text)
returns table (table_name text, role text, selects text, inserts text, updates text, deletes text)
language sql
as $$
  select
    c.table_name,
    r.role,
    max(a.answer) filter (where c.verb = 'select'),
    max(a.answer) filter (where c.verb = 'insert'),
    max(a.answer) filter (where c.verb = 'update'),
    max(a.answer) filter (where c.verb = 'delete')
  from command as c
  cross join unnest(array[
    'comply_app', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin', 'comply_operator'])
    as r (role)
  cross join lateral (
    select
      case
        when a.own = '42501' and a.other = '42501' then 'no'
        else concat_ws(' ', a.own, a.other)
      end
    from (
      select
        pg_temp.answer(r.role, matrix.context, t.own, c) as own,
        pg_temp.answer(r.role, matrix.context, t.other, c) as other
      from (
        values ('test-acme', 'test-globex'), ('test-globex', 'test-acme')
      ) as t (own, other)
      where t.own = coalesce(matrix.context, 'test-acme')
    ) as a
  ) as a (answer)
  group by c.table_name, r.role
$$;
create temp table expected (
  table_name text, role text, selects text, inserts text, updates text, deletes text
);

insert into expected values
  ('check_runs',            'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('check_runs',            'comply_analyst',  'no',       'no',       'no',       'no'),
  ('check_runs',            'comply_app',      '1 0',      'no',       'no',       'no'),
  ('check_runs',            'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('check_runs',            'comply_operator', 'no',       'no',       'no',       'no'),
  ('check_runs',            'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('findings',              'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('findings',              'comply_analyst',  'no',       'no',       'no',       'no'),
  ('findings',              'comply_app',      '1 0',      'no',       'no',       'no'),
  ('findings',              'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('findings',              'comply_operator', 'no',       'no',       'no',       'no'),
  ('findings',              'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('finding_exceptions',    'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('finding_exceptions',    'comply_analyst',  'no',       'no',       'no',       'no'),
  ('finding_exceptions',    'comply_app',      '1 0',      'no',       'no',       'no'),
  ('finding_exceptions',    'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('finding_exceptions',    'comply_operator', 'no',       'no',       'no',       'no'),
  ('finding_exceptions',    'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_analyst',  'no',       'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_app',      '1 0',      'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_operator', 'no',       'no',       'no',       'no'),
  ('tenant_frameworks',     'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('subject_requests',      'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('subject_requests',      'comply_analyst',  'no',       'no',       'no',       'no'),
  ('subject_requests',      'comply_app',      '1 0',      'no',       'no',       'no'),
  ('subject_requests',      'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('subject_requests',      'comply_operator', 'no',       'no',       'no',       'no'),
  ('subject_requests',      'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('decision_reviews',      'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('decision_reviews',      'comply_analyst',  'no',       'no',       'no',       'no'),
  ('decision_reviews',      'comply_app',      '1 0',      'no',       'no',       'no'),
  ('decision_reviews',      'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('decision_reviews',      'comply_operator', 'no',       'no',       'no',       'no'),
  ('decision_reviews',      'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('lineage_events',        'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('lineage_events',        'comply_analyst',  'no',       'no',       'no',       'no'),
  ('lineage_events',        'comply_app',      '1 0',      'no',       'no',       'no'),
  ('lineage_events',        'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('lineage_events',        'comply_operator', 'no',       'no',       'no',       'no'),
  ('lineage_events',        'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('legal_holds',            'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('legal_holds',            'comply_analyst',  'no',       'no',       'no',       'no'),
  ('legal_holds',            'comply_app',      '1 0',      'no',       'no',       'no'),
  ('legal_holds',            'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('legal_holds',            'comply_operator', 'no',       'no',       'no',       'no'),
  ('legal_holds',            'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('retention_policies',     'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('retention_policies',     'comply_analyst',  'no',       'no',       'no',       'no'),
  ('retention_policies',     'comply_app',      '1 0',      'no',       'no',       'no'),
  ('retention_policies',     'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('retention_policies',     'comply_operator', 'no',       'no',       'no',       'no'),
  ('retention_policies',     'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('retention_slices',       'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('retention_slices',       'comply_analyst',  'no',       'no',       'no',       'no'),
  ('retention_slices',       'comply_app',      '1 0',      'no',       'no',       'no'),
  ('retention_slices',       'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('retention_slices',       'comply_operator', 'no',       'no',       'no',       'no'),
  ('retention_slices',       'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('reports',              'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('reports',              'comply_analyst',  'no',       'no',       'no',       'no'),
  ('reports',              'comply_app',      '1 0',      'no',       'no',       'no'),
  ('reports',              'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('reports',              'comply_operator', 'no',       'no',       'no',       'no'),
  ('reports',              'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('report_schedules',     'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('report_schedules',     'comply_analyst',  'no',       'no',       'no',       'no'),
  ('report_schedules',     'comply_app',      '1 0',      'no',       'no',       'no'),
  ('report_schedules',     'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('report_schedules',     'comply_operator', 'no',       'no',       'no',       'no'),
  ('report_schedules',     'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('archives',             'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('archives',             'comply_analyst',  'no',       'no',       'no',       'no'),
  ('archives',             'comply_app',      '1 0',      'no',       'no',       'no'),
  ('archives',             'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('archives',             'comply_operator', 'no',       'no',       'no',       'no'),
  ('archives',             'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('restores',             'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('restores',             'comply_analyst',  'no',       'no',       'no',       'no'),
  ('restores',             'comply_app',      '1 0',      'no',       'no',       'no'),
  ('restores',             'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('restores',             'comply_operator', 'no',       'no',       'no',       'no'),
  ('restores',             'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('access_log',          'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('access_log',          'comply_analyst',  'no',       'no',       'no',       'no'),
  ('access_log',          'comply_app',      '1 0',      'no',       'no',       'no'),
  ('access_log',          'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('access_log',          'comply_operator', 'no',       'no',       'no',       'no'),
  ('access_log',          'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('audit_trail',         'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('audit_trail',         'comply_analyst',  'no',       'no',       'no',       'no'),
  ('audit_trail',         'comply_app',      '1 0',      'no',       'no',       'no'),
  ('audit_trail',         'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('audit_trail',         'comply_operator', 'no',       'no',       'no',       'no'),
  ('audit_trail',         'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('detector_executions', 'comply_admin',    '1 1',      '1 1',      '1 1',      '1 1'),
  ('detector_executions', 'comply_analyst',  'no',       'no',       'no',       'no'),
  ('detector_executions', 'comply_app',      '1 0',      '1 42501',  '1 0',      '1 0'),
  ('detector_executions', 'comply_auditor',  'no',       'no',       'no',       'no'),
  ('detector_executions', 'comply_operator', 'no',       'no',       'no',       'no'),
  ('detector_executions', 'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('load_rejects',        'comply_admin',    '1 1',      '1 1',      'no',       '1 1'),
  ('load_rejects',        'comply_analyst',  'no',       'no',       'no',       'no'),
  ('load_rejects',        'comply_app',      '1 0',      '1 42501',  'no',       '1 0'),
  ('load_rejects',        'comply_auditor',  'no',       'no',       'no',       'no'),
  ('load_rejects',        'comply_operator', 'no',       'no',       'no',       'no'),
  ('load_rejects',        'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('model_metrics',       'comply_admin',    '1 1',      '1 1',      '1 1',      '1 1'),
  ('model_metrics',       'comply_analyst',  'no',       'no',       'no',       'no'),
  ('model_metrics',       'comply_app',      '1 0',      '1 42501',  '1 0',      '1 0'),
  ('model_metrics',       'comply_auditor',  'no',       'no',       'no',       'no'),
  ('model_metrics',       'comply_operator', 'no',       'no',       'no',       'no'),
  ('model_metrics',       'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('security_events',     'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('security_events',     'comply_analyst',  'no',       'no',       'no',       'no'),
  ('security_events',     'comply_app',      '1 0',      'no',       'no',       'no'),
  ('security_events',     'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('security_events',     'comply_operator', 'no',       'no',       'no',       'no'),
  ('security_events',     'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('erasures',             'comply_admin',    '1 1',      'no',       'no',       'no'),
  ('erasures',             'comply_analyst',  'no',       'no',       'no',       'no'),
  ('erasures',             'comply_app',      '1 0',      'no',       'no',       'no'),
  ('erasures',             'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('erasures',             'comply_operator', 'no',       'no',       'no',       'no'),
  ('erasures',             'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('destruction_certificates', 'comply_admin',      '1 1',      'no',       'no',       'no'),
  ('destruction_certificates', 'comply_analyst',    'no',       'no',       'no',       'no'),
  ('destruction_certificates', 'comply_app',        '1 0',      'no',       'no',       'no'),
  ('destruction_certificates', 'comply_auditor',    '1 1',      'no',       'no',       'no'),
  ('destruction_certificates', 'comply_operator',   'no',       'no',       'no',       'no'),
  ('destruction_certificates', 'comply_reader',     '1 0',      'no',       'no',       'no'),
  ('ledger_blocks',            'comply_admin',      '1 1',      'no',       'no',       'no'),
  ('ledger_blocks',            'comply_analyst',    'no',       'no',       'no',       'no'),
  ('ledger_blocks',            'comply_app',        '1 0',      'no',       'no',       'no'),
  ('ledger_blocks',            'comply_auditor',    '1 1',      'no',       'no',       'no'),
  ('ledger_blocks',            'comply_operator',   'no',       'no',       'no',       'no'),
  ('ledger_blocks',            'comply_reader',     '1 0',      'no',       'no',       'no'),
  ('storage_records',     'comply_admin',    '1 1',      '1 1',      '1 1',      '1 1'),
  ('storage_records',     'comply_analyst',  'no',       'no',       'no',       'no'),
  ('storage_records',     'comply_app',      '1 0',      '1 42501',  '1 0',      '1 0'),
  ('storage_records',     'comply_auditor',  'no',       'no',       'no',       'no'),
  ('storage_records',     'comply_operator', 'no',       'no',       'no',       'no'),
  ('storage_records',     'comply_reader',   '1 0',      'no',       'no',       'no'),
  ('tenant_configs',      'comply_admin',    '1 1',      '1 1',      '1 1',      'PC108 PC108'),
  ('tenant_configs',      'comply_analyst',  'no',       'no',       'no',       'no'),
  ('tenant_configs',      'comply_app',      '1 0',      'no',       'no',       'no'),
  ('tenant_configs',      'comply_auditor',  '1 1',      'no',       'no',       'no'),
  ('tenant_configs',      'comply_operator', 'no',       'no',       'no',       'no'),
  ('tenant_configs',      'comply_reader',   '1 0',      'no',       'no',       'no');

select set_eq(
  $$ select * from pg_temp.matrix('test-acme') $$,
  $$ select * from expected $$,
  'in the context of one tenant, each role does what its line says and no more');

select set_eq(
  $$ select * from pg_temp.matrix('test-globex') $$,
  $$ select * from expected $$,
  'and the same in the context of the other');

select is_empty(
  $$
    select *
    from pg_temp.matrix(null) as m
    where m.role in ('comply_app', 'comply_reader')
      and (
        m.selects not in ('no', '0 0')
        or m.inserts <> 'no'
        or m.updates not in ('no', '0 0')
        or m.deletes not in ('no', '0 0')
      )
  $$,
  'without a context, who needs one reaches no row');

set local comply.tenant_id = '';

select is_empty(
  $$
    select *
    from pg_temp.matrix(null) as m
    where m.role in ('comply_app', 'comply_reader')
      and m.selects not in ('no', '0 0')
  $$,
  'an empty one, which is what a transaction leaves behind, is none');

select set_eq(
  $$
    select *
    from pg_temp.matrix(null)
    where role in ('comply_admin', 'comply_auditor', 'comply_analyst', 'comply_operator')
  $$,
  $$
    select *
    from expected
    where role in ('comply_admin', 'comply_auditor', 'comply_analyst', 'comply_operator')
  $$,
  'the others need none');

select set_eq(
  $$
    select distinct c.relname::text
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
  $$,
  $$ select distinct table_name from expected $$,
  'every table with tenants has its lines');

select set_eq(
  $$ select rolname::text from pg_roles where rolname ~ '^comply_' and rolname <> 'comply_owner' $$,
  $$ select distinct role from expected $$,
  'and every role');

-- Seen to fail.
alter policy storage_records_tenant_floor on comply.storage_records using (true);
alter policy storage_records_tenant_reads on comply.storage_records to comply_app, comply_reader using (true);

select set_eq(
  $$ (select * from pg_temp.matrix('test-acme') except select * from expected) $$,
  $$ values ('storage_records', 'comply_app', '1 1', '1 42501', '1 0', '1 0'),
            ('storage_records', 'comply_reader', '1 1', 'no', 'no', 'no') $$,
  'a policy that lets everything be read changes the two lines that it concerns');

select * from finish();
rollback;
