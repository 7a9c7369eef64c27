-- Checks of evidence, retention and operation, with what they are measured by. Creates tables, so it waits for
-- nobody. Until the files in policies/ have run, only the owner gets in.

-- Of no tenant, so the trail has no place for them: comply.admin_events() tells who changed them.
create table comply.allowed_extensions (
  extension_name text        not null,
  reason         text        not null,
  allowed_by     text        not null default session_user,
  allowed_at     timestamptz not null default comply.now(),

  constraint allowed_extensions_pkey primary key (extension_name),
  constraint allowed_extensions_extension_name_check check (extension_name ~ '\S'),
  constraint allowed_extensions_reason_check check (reason ~ '\S')
);

insert into comply.allowed_extensions (extension_name, reason, allowed_by) values
  ('plpgsql', 'The language of most functions; every database has it', 'comply-db'),
  ('pgcrypto', 'Encrypts fields, where the release has it', 'comply-db'),
  ('pg_stat_statements', 'Counts statements, without their values', 'comply-db'),
  ('pg_cron', 'Runs comply.maintain()', 'comply-db'),
  ('pgaudit', 'Logs statements into the server''s log', 'comply-db'),
  ('azure_storage', 'Writes archives, on Azure', 'comply-db'),
  ('hypopg', 'Tries indexes that are not there', 'comply-db');

comment on table comply.allowed_extensions is 'One row an extension that may be installed in this database.';
comment on column comply.allowed_extensions.extension_name is 'Its name.';
comment on column comply.allowed_extensions.reason is 'What it is for.';
comment on column comply.allowed_extensions.allowed_by is 'The login that allowed it; callers cannot choose it.';
comment on column comply.allowed_extensions.allowed_at is 'When it was allowed.';

-- No foreign key: a checkpoint that is gone is for comply.verify_audit() to find, and this stays to tell of it.
create table comply.checkpoint_exports (
  digest      bytea       not null,
  location    text        not null,
  exported_by text        not null default session_user,
  exported_at timestamptz not null default comply.now(),

  constraint checkpoint_exports_pkey primary key (digest, location),
  constraint checkpoint_exports_digest_check check (octet_length(digest) = 32),
  constraint checkpoint_exports_location_check check (location ~ '\S')
);

comment on table comply.checkpoint_exports is
  'One row a digest that left the database, as whoever took it along told. Append-only. The digest itself proves it.';
comment on column comply.checkpoint_exports.digest is 'The digest of the checkpoint.';
comment on column comply.checkpoint_exports.location is 'Where it was written: a file, a blob, a receiver.';
comment on column comply.checkpoint_exports.exported_by is 'The login that told; callers cannot choose it.';
comment on column comply.checkpoint_exports.exported_at is 'When it told.';

-- By what a check measures: spans and amounts that regulations, or who runs the database, may set otherwise.
create table comply.check_limits (
  check_id text        not null,
  span     interval,
  amount   bigint,
  basis    text        not null,
  set_by   text        not null default session_user,
  set_at   timestamptz not null default comply.now(),

  constraint check_limits_pkey primary key (check_id),
  constraint check_limits_check_id_fkey foreign key (check_id)
    references comply.checks (check_id) on delete restrict,
  constraint check_limits_span_check check (span > interval '0'),
  constraint check_limits_amount_check check (amount > 0),
  constraint check_limits_basis_check check (basis ~ '\S')
);

comment on table comply.check_limits is
  'One row a check that is measured by a span or an amount: comply.set_check_limit() changes it.';
comment on column comply.check_limits.check_id is 'The check.';
comment on column comply.check_limits.span is 'How long, or how long ago; null: no matter of this check.';
comment on column comply.check_limits.amount is 'How much; null: no matter of this check.';
comment on column comply.check_limits.basis is 'The law, the contract or the decision that says so.';
comment on column comply.check_limits.set_by is 'The login that set it; callers cannot choose it.';
comment on column comply.check_limits.set_at is 'When it was set.';

-- The registry is forced by now; its policies let the owner do this.
do $do$
begin
  set local row_security = on;

  insert into comply.checks (
    check_id, position, title, severity, kind, scope, function_name, sample_function, evidence_query, remedy)
  select
    c.check_id,
    c.position,
    c.title,
    c.severity,
    case when c.is_sampled then 'operation' else 'configuration' end,
    c.scope,
    'check_' || c.check_id,
    case when c.is_sampled then 'sample_' || c.check_id end,
    c.evidence_query,
    c.remedy
  from (
    values
      ('extensions_allowed', 13, 'No extension is installed but those that are allowed', 'medium', false, 'database',
       'select e.extname, e.extversion from pg_extension as e where e.extname not in '
       '(select a.extension_name from comply.allowed_extensions as a)',
       'Drop the extension, or as comply_admin: select comply.allow_extension(name, reason);'),
      ('changes_audited', 14, 'Every change of a tenant''s row fires the trigger that writes the trail', 'critical',
       false, 'database',
       'select t.tgrelid::regclass, t.tgname, t.tgenabled from pg_trigger as t where t.tgname ~ ''_audit_'' '
       'and t.tgrelid in (select c.oid from pg_class as c where c.relnamespace = ''comply''::regnamespace)',
       'Deploy again: comply-db drift names what was changed. Then: select * from comply.verify_records(table);'),
      ('records_match_trail', 15, 'Records are as the trail last saw them', 'critical', true, 'tenant',
       'select t.tgrelid::regclass, v.* from pg_trigger as t cross join lateral '
       'comply.verify_records(t.tgrelid::regclass::text) as v where t.tgname = ''_530_audit_truncate'' '
       'and t.tgrelid not in (select i.inhrelid from pg_inherits as i)',
       'Find out who wrote past the triggers: it was an owner or a superuser.'),
      ('ledger_intact', 16, 'What was sealed is as it was sealed', 'critical', true, 'tenant',
       'select * from comply.verify_audit()',
       'Keep the database as it is, compare with a digest outside: comply-db verify-audit --digests DIR'),
      ('checkpoint_recent', 17, 'A checkpoint left the database within a day', 'high', true, 'database',
       'select e.* from comply.checkpoint_exports as e order by e.exported_at desc limit 1',
       'Schedule call comply.maintain() hourly, and comply-db checkpoint --to, somewhere out of reach.'),
      ('evidence_append_only', 18, 'Nobody may change or delete evidence', 'critical', false, 'database',
       'select c.oid::regclass, x.grantee::regrole, x.privilege_type '
       'from pg_class as c cross join aclexplode(c.relacl) as x '
       'where c.relnamespace = ''comply''::regnamespace and x.grantee <> c.relowner '
       'and x.privilege_type in (''UPDATE'', ''DELETE'', ''TRUNCATE'')',
       'Revoke it, deploy again, and look for what was done with it: select * from comply.verify_audit();'),
      ('privileged_activity', 19, 'What privileged logins did to tenants'' rows is theirs to explain', 'medium', true,
       'database',
       'select * from comply.privileged_activity(now() - interval ''31 days'', now())',
       'Ask each login for its ticket. One that is gone cannot be asked: disable logins, do not drop them.'),
      ('refusals_few', 20, 'Nobody is refused again and again, or tampers with evidence', 'high', true, 'tenant',
       'select e.user_id, e.code, count(*) from comply.security_events as e group by e.user_id, e.code',
       'Ask who uses the login. docs/reading.md says what is refused, and has alerts for the server''s log.'),
      ('trail_kept', 21, 'Trail and logs are kept for six years', 'high', false, 'tenant',
       'select p.tenant_id, p.table_name, p.keep from comply.retention_policies as p '
       'where p.table_name in (''audit_trail'', ''access_log'', ''security_events'')',
       'As comply_admin: select comply.set_retention_bound(table, basis, minimum => ''6 years'');'),
      ('retention_ruled', 22, 'Every table with rows of tenants has a rule that ends them', 'medium', false, 'database',
       'select p.* from comply.retention_policies as p order by p.table_name, p.tenant_id',
       'As comply_admin: select comply.set_retention_policy(tenant, table, keep, basis);'),
      ('nothing_overdue', 23, 'Nothing is kept beyond its rule, but for holds', 'high', false, 'tenant',
       'select p.* from comply.retention_plan(now() - interval ''31 days'') as p where p.verdict <> ''KEEP''',
       'Schedule call comply.maintain(), and approve what waits: comply.retention_items says what for.'),
      ('destruction_certified', 24, 'What was destroyed has its certificate', 'high', true, 'tenant',
       'select s.tenant_id, i.table_name, i.month, s.row_count from comply.retention_items as i '
       'join comply.retention_slices as s on s.item_id = i.id where i.state = ''dropped''',
       'Find out who removed the certificate: select * from comply.verify_records(''destruction_certificates'');'),
      ('holds_respected', 25, 'Nothing under a hold was destroyed', 'critical', true, 'tenant',
       'select d.* from comply.destruction_certificates as d join comply.legal_holds as h on h.tenant_id = d.tenant_id',
       'Tell legal counsel, and bring the rows back from their archive: comply-db restore'),
      ('months_ahead', 26, 'Tables have their months for the next quarter, without a gap', 'high', false, 'database',
       'select * from comply.partition_health()',
       'select comply.ensure_partitions(3); then schedule call comply.maintain();'),
      ('archives_whole', 27, 'Archives were read back and are as they were written', 'high', true, 'tenant',
       'select a.* from comply.archives as a where a.purged_at is null',
       'comply-db archive --due archives anew what is not whole; destroy nothing that is only in one that differs.'),
      ('restores_drilled', 28, 'An archive of each table was brought back within a quarter', 'medium', true, 'database',
       'select r.* from comply.restores as r order by r.restored_at desc',
       'comply-db restore --table TABLE --month MONTH --drill'),
      ('logs_without_secrets', 33, 'Values of statements stay out of the server''s log', 'high', false, 'server',
       'select s.name, s.setting from pg_settings as s where s.name ~ ''^(log_|debug_print_|auto_explain|pgaudit)''',
       'Set it back, as docs/encryption.md says; then rotate what the log has seen.'),
      ('schema_as_deployed', 45, 'The schema is what deployments made it, and their history is whole', 'high', true,
       'database',
       'select * from comply.admin_events(''-infinity'', ''infinity'') as e where e.source = ''deployment''',
       'comply-db drift names each object and event; deploy again, or find who changed the history.'),
      ('times_in_order', 46, 'Clocks went forward: nothing is sealed before it happened', 'medium', true, 'database',
       'select b.tenant_id, b.stream, b.block_no, b.sealed_at from comply.ledger_blocks as b order by b.sealed_at',
       'Have the server follow a time source, and find out who set its clock.'),
      ('isolation_probed', 47, 'A tenant that was just made sees its own rows and no other''s', 'critical', false,
       'database',
       'select p.polrelid::regclass, p.polname, pg_get_expr(p.polqual, p.polrelid) from pg_policy as p',
       'Take the services off at once, then deploy again: comply-db drift names what was changed.'),
      ('upkeep_running', 48, 'Upkeep ran within a day', 'medium', false, 'database',
       'select h.* from comply.health() as h where h.name in (''last_maintenance'', ''ledger_sealed'')',
       'Schedule call comply.maintain() hourly; a transaction that stays open keeps rows from being sealed.'),
      ('ai_logs_kept', 49, 'Logs of detector calls are kept for six months', 'high', false, 'tenant',
       'select p.tenant_id, p.table_name, p.keep from comply.retention_policies as p '
       'where p.table_name in (''detector_executions'', ''*'')',
       'As comply_admin: select comply.set_retention_bound(''detector_executions'', basis, minimum => ''6 months'');')
  ) as c (check_id, position, title, severity, is_sampled, scope, evidence_query, remedy);

  insert into comply.control_mappings (framework_id, version, control_id, source, source_id, coverage)
  select f.framework_id, f.version, m.control_id, 'check', m.check_id, m.coverage
  from (
    values
      ('extensions_allowed', 'iso27001', 'A.8.19', 'partial'),
      ('extensions_allowed', 'nist-800-53', 'CM-7', 'partial'),
      ('extensions_allowed', 'soc2', 'CC6.8', 'supports'),
      ('changes_audited', 'soc2', 'CC7.2', 'partial'),
      ('changes_audited', 'iso27001', 'A.8.15', 'full'),
      ('changes_audited', 'hipaa', '164.312(b)', 'full'),
      ('changes_audited', 'nist-800-53', 'AU-12', 'full'),
      ('changes_audited', 'eu-ai-act', 'Art. 12', 'partial'),
      ('records_match_trail', 'soc2', 'CC7.2', 'partial'),
      ('records_match_trail', 'soc2', 'PI1.5', 'partial'),
      ('records_match_trail', 'nist-800-53', 'AU-12', 'partial'),
      ('ledger_intact', 'soc2', 'CC7.2', 'partial'),
      ('ledger_intact', 'iso27001', 'A.5.33', 'full'),
      ('ledger_intact', 'hipaa', '164.312(c)(1)', 'full'),
      ('ledger_intact', 'nist-800-53', 'AU-9', 'partial'),
      ('ledger_intact', 'nist-800-53', 'AU-10', 'full'),
      ('ledger_intact', 'gdpr', 'Art. 5(1)(f)', 'supports'),
      ('checkpoint_recent', 'iso27001', 'A.5.28', 'partial'),
      ('checkpoint_recent', 'nist-800-53', 'AU-9(2)', 'partial'),
      ('evidence_append_only', 'iso27001', 'A.8.15', 'partial'),
      ('evidence_append_only', 'iso27001', 'A.5.33', 'partial'),
      ('evidence_append_only', 'nist-800-53', 'AU-9', 'full'),
      ('privileged_activity', 'soc2', 'CC6.1', 'supports'),
      ('privileged_activity', 'soc2', 'CC7.2', 'partial'),
      ('privileged_activity', 'iso27001', 'A.8.2', 'partial'),
      ('privileged_activity', 'nist-800-53', 'AC-6(9)', 'full'),
      ('refusals_few', 'soc2', 'CC7.3', 'partial'),
      ('refusals_few', 'iso27001', 'A.8.16', 'partial'),
      ('refusals_few', 'nist-800-53', 'AU-6', 'partial'),
      ('trail_kept', 'hipaa', '164.316(b)(2)', 'partial'),
      ('trail_kept', 'nist-800-53', 'AU-11', 'full'),
      ('retention_ruled', 'gdpr', 'Art. 5(1)(e)', 'partial'),
      ('retention_ruled', 'iso27001', 'A.8.10', 'partial'),
      ('retention_ruled', 'nist-800-53', 'SI-12', 'partial'),
      ('nothing_overdue', 'gdpr', 'Art. 5(1)(e)', 'full'),
      ('nothing_overdue', 'iso27001', 'A.8.10', 'full'),
      ('nothing_overdue', 'soc2', 'CC6.5', 'partial'),
      ('nothing_overdue', 'soc2', 'P4.2', 'partial'),
      ('destruction_certified', 'soc2', 'CC6.5', 'full'),
      ('destruction_certified', 'soc2', 'P4.3', 'partial'),
      ('destruction_certified', 'iso27001', 'A.8.10', 'partial'),
      ('destruction_certified', 'nist-800-53', 'MP-6', 'supports'),
      ('holds_respected', 'iso27001', 'A.5.28', 'full'),
      ('holds_respected', 'nist-800-53', 'AU-11', 'partial'),
      ('months_ahead', 'soc2', 'A1.1', 'partial'),
      ('months_ahead', 'iso27001', 'A.8.6', 'partial'),
      ('months_ahead', 'nist-800-53', 'CP-2', 'supports'),
      ('archives_whole', 'iso27001', 'A.8.13', 'partial'),
      ('archives_whole', 'nist-800-53', 'CP-9(1)', 'partial'),
      ('archives_whole', 'hipaa', '164.308(a)(7)', 'supports'),
      ('restores_drilled', 'soc2', 'A1.3', 'partial'),
      ('restores_drilled', 'iso27001', 'A.5.30', 'partial'),
      ('restores_drilled', 'nist-800-53', 'CP-4', 'partial'),
      ('logs_without_secrets', 'iso27001', 'A.8.15', 'supports'),
      ('logs_without_secrets', 'nist-800-53', 'AU-3', 'partial'),
      ('logs_without_secrets', 'soc2', 'CC6.7', 'supports'),
      ('schema_as_deployed', 'soc2', 'CC8.1', 'partial'),
      ('schema_as_deployed', 'iso27001', 'A.8.32', 'partial'),
      ('schema_as_deployed', 'nist-800-53', 'CM-3', 'full'),
      ('times_in_order', 'iso27001', 'A.8.17', 'partial'),
      ('times_in_order', 'nist-800-53', 'AU-8', 'partial'),
      ('isolation_probed', 'soc2', 'CC6.1', 'partial'),
      ('isolation_probed', 'iso27001', 'A.8.31', 'supports'),
      ('isolation_probed', 'nist-800-53', 'AC-4', 'partial'),
      ('isolation_probed', 'gdpr', 'Art. 32(1)(d)', 'supports'),
      ('upkeep_running', 'soc2', 'CC7.2', 'supports'),
      ('upkeep_running', 'iso27001', 'A.8.16', 'supports'),
      ('upkeep_running', 'nist-800-53', 'CA-7', 'supports'),
      ('ai_logs_kept', 'eu-ai-act', 'Art. 19(1)', 'full'),
      ('ai_logs_kept', 'eu-ai-act', 'Art. 26(6)', 'full')
  ) as m (check_id, framework_id, control_id, coverage)
  join comply.frameworks as f on f.framework_id = m.framework_id;

  insert into comply.column_labels (
    table_name, column_name, classification, source, reviewed_by, reviewed_at)
  select c.relname, a.attname, 'internal', 'declared', 'comply-db', comply.now()
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
  where c.oid in (
    'comply.allowed_extensions'::pg_catalog.regclass, 'comply.checkpoint_exports'::pg_catalog.regclass,
    'comply.check_limits'::pg_catalog.regclass);

  set local row_security = off;
end;
$do$;

insert into comply.check_limits (check_id, span, amount, basis, set_by) values
  ('records_match_trail', null, 500, 'Pages of each table to compare; all, while the trail has 16 times as many', 'comply-db'),
  ('ledger_intact', null, 100000, 'Rows to hash; where more are sealed, in blocks drawn at random', 'comply-db'),
  ('checkpoint_recent', '1 day', null, 'Longer than upkeep takes to come round', 'comply-db'),
  ('privileged_activity', '31 days', null, 'A review a month', 'comply-db'),
  ('refusals_few', '31 days', 100, 'A service that works as meant is refused less often', 'comply-db'),
  ('trail_kept', '6 years', null, 'HIPAA, 45 CFR 164.316(b)(2)(i)', 'comply-db'),
  ('nothing_overdue', '31 days', null, 'Grace, archive and approval take their time', 'comply-db'),
  ('months_ahead', '3 months', null, 'Long enough for upkeep that stopped to be noticed', 'comply-db'),
  ('archives_whole', '7 days', 67108864, 'A week to read back; bytes that a run hashes again', 'comply-db'),
  ('restores_drilled', '3 months', null, 'A drill a quarter', 'comply-db'),
  ('times_in_order', '1 minute', 200, 'Clocks of a server differ by less; blocks to look into', 'comply-db'),
  ('upkeep_running', '1 day', null, 'Upkeep is hourly', 'comply-db'),
  ('ai_logs_kept', '6 months', null, 'AI Act, articles 19(1) and 26(6)', 'comply-db');
