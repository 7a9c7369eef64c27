begin;
set local search_path = tap, pg_catalog;
select plan(37);

create function pg_temp.status_as(check_name text, fault text)
returns text
language plpgsql
as $$
declare
  v_status text;
begin
  begin
    execute fault;
    select h.status into v_status from comply.health() as h where h.name = check_name;
    raise exception 'undo' using errcode = 'TX001';
  exception
    when sqlstate 'TX001' then
      return v_status;
  end;
end;
$$;

select comply.ensure_partitions(3);
delete from comply_private.context_keys;

select is(
  array(select h.name from comply.health() as h where h.status = 'fail'), array[]::text[],
  'a fresh installation fails no check');

select is_empty(
  $$ select name from comply.health() where status not in ('ok', 'warn', 'fail') or observed is null or threshold is null $$,
  'every check has a status, what was observed, and a threshold');

select is_empty(
  $$ select name from comply.health() where (status = 'ok') <> (next_step is null) $$,
  'and a next step exactly when there is something to do');

-- One fault each, undone at once

select is(pg_temp.status_as(f.name, f.fault), f.status, format('%s: %s', f.name, f.what))
from (
  values
    ('partitions_ahead', 'fail', 'the last month is nearly over',
     $$ set local comply.now = '2099-01-01' $$),
    ('partitions_guarded', 'fail', 'row level security is off on a partition',
     format('alter table %s disable row level security', (
       select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'comply.audit_trail'::regclass limit 1))),
    ('partitions_guarded', 'fail', 'or not forced',
     format('alter table %s no force row level security', (
       select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'comply.audit_trail'::regclass limit 1))),
    ('partitions_guarded', 'fail', 'or something is granted on it',
     format('grant select on %s to comply_app', (
       select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'comply.audit_trail'::regclass limit 1))),
    ('partitions_guarded', 'fail', 'or it has a policy of its own',
     format('create policy x on %s using (true)', (
       select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'comply.audit_trail'::regclass limit 1))),
    ('partitions_guarded', 'fail', 'or lacks a guard',
     format('drop trigger _100_refuse_change on %s', (
       select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'comply.audit_trail'::regclass limit 1))),
    ('tables_isolated', 'fail', 'a table is not forced',
     'alter table comply.model_metrics no force row level security'),
    ('tables_isolated', 'fail', 'or has lost its floor',
     'drop policy model_metrics_tenant_floor on comply.model_metrics'),
    ('triggers_enabled', 'fail', 'an audit trigger is disabled',
     'alter table comply.model_metrics disable trigger _500_audit_insert'),
    ('triggers_enabled', 'fail', 'or fires no longer for replicas',
     'alter table comply.tenant_configs enable trigger _520_audit_delete'),
    ('triggers_enabled', 'fail', 'or is gone',
     'drop trigger _100_refuse_change on comply.audit_trail'),
    ('triggers_enabled', 'fail', 'or the one that tells of redactions',
     'alter table comply.audit_trail disable trigger _500_note_redaction'),
    ('indexes_valid', 'fail', 'an index is invalid',
     $$ update pg_index set indisvalid = false where indexrelid = 'comply.detectors_pkey'::regclass $$),
    ('last_maintenance', 'warn', 'upkeep ran ten days ago',
     $$ update comply_private.maintenance_runs set ran_at = now() - interval '10 days' $$),
    ('last_maintenance', 'fail', 'or never',
     'delete from comply_private.maintenance_runs'),
    ('settings_leak', 'warn', 'statements are logged with their values',
     $$ set local log_statement = 'all' $$),
    ('keys_leak', 'warn', 'they are logged with their parameters, which might be keys',
     $$ set local log_statement = 'all' $$),
    ('keys_leak', 'fail', 'and there are keys',
     $$ set local log_statement = 'all';
        insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
        values ('test-acme', gen_random_uuid(), 'enc', 1, decode(repeat('00', 72), 'hex'), 'A256KW', 'file:test',
                '\x0000000000000000') $$),
    ('reads_logged', 'fail', 'a policy that logs reads is gone',
     $$ select comply.add_tenant('test-acme', null, 'verbose');
        drop policy model_metrics_tenant_reads_noted on comply.model_metrics $$),
    ('reads_logged', 'fail', 'or calls nothing any more',
     $$ select comply.add_tenant('test-acme', null, 'verbose');
        alter policy model_metrics_staff_reads_noted on comply.model_metrics using (true) $$),
    ('reads_logged', 'fail', 'or is there for no verbose tenant',
     $$ select comply.add_tenant('test-acme', null, 'verbose');
        alter table comply.tenant_configs disable trigger _600_log_reads;
        update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'test-acme' $$),
    ('reads_logged', 'warn', 'the server log has literals beside the reads',
     $$ select comply.add_tenant('test-acme', null, 'verbose') $$),
    ('reads_logged', 'warn', 'or no line of them',
     $$ select comply.add_tenant('test-acme', null, 'verbose');
        set local log_min_error_statement = panic;
        set local log_min_messages = panic $$),
    ('tenant_context', 'fail', 'strict without a key',
     $$ update comply_private.context_settings set profile = 'strict' $$),
    ('tenant_context', 'fail', 'or without settings at all, which means strict',
     'delete from comply_private.context_settings'),
    ('rollups_fresh', 'ok', 'a refresh has just ended',
     $$ update comply_private.rollup_state set refreshed_at = now() $$),
    ('rollups_fresh', 'warn', 'none has for hours',
     $$ update comply_private.rollup_state set refreshed_at = now() - interval '3 hours' $$),
    ('rollups_fresh', 'fail', 'or for days',
     $$ update comply_private.rollup_state set refreshed_at = now() - interval '2 days' $$),
    ('erasures_done', 'ok', 'one that is asked for has a month',
     $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, due_at)
        values ('test-acme', 'subject', sha256(''), 'x', now() + interval '1 month') $$),
    ('erasures_done', 'fail', 'one is past its date',
     $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at)
        values ('test-acme', 'subject', sha256(''), 'x', now() - interval '2 months', now() - interval '1 month') $$),
    ('erasures_done', 'warn', 'or a hold keeps it that long',
     $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at, state, matter)
        values ('test-acme', 'subject', sha256(''), 'x', now() - interval '2 months', now() - interval '1 month',
          'deferred', 'Matter 7') $$),
    ('erasures_done', 'warn', 'or nobody finishes it',
     $$ insert into comply.erasures (
          tenant_id, scope, subject_digest, basis, due_at, state, executed_by, shredded_at, shredded_in, sweep_from,
          backup_days, effective_at)
        values ('test-acme', 'subject', sha256(''), 'x', now() + interval '1 month', 'shredded', 'x',
          now() - interval '2 days', '3', '3', 35, now()) $$)
) as f (name, status, what, fault);

select is(
  comply_private.security_floor(150019) > 150019 and comply_private.security_floor(150020) <= 150020,
  true,
  'server_version: a release with a known hole is below the floor, the one that mends it is not');

set local role comply_operator;
select isnt_empty($$ select name from comply.health() $$, 'an operator may ask, and needs no other right');

select * from finish();
rollback;
