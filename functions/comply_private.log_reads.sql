-- The policies are on the tables while some tenant is verbose, and only then: they cost every tenant its
-- parallel plans. The lock comes first, then the look: whoever is about to make another tenant verbose has
-- written to the table that is locked, and is waited for. A transaction with an older view would not see it
-- then, so that takes none away. Waits 3 seconds at most, because everybody else would wait behind it.
create or replace function comply_private.log_reads()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set lock_timeout = '3s'
as $$
declare
  v_hook record;
begin
  lock table comply.tenant_configs in share row exclusive mode;

  for v_hook in
    select h.table_name, h.policy_name, h.definition, h.is_wanted, h.is_there
    from comply_private.read_hooks() as h
    where h.is_there is distinct from nullif(h.is_wanted, false)
      and (h.is_wanted or current_setting('transaction_isolation') = 'read committed')
  loop
    if v_hook.is_there is not null then
      execute format('drop policy %I on %s', v_hook.policy_name, v_hook.table_name);
    end if;

    if v_hook.is_wanted then
      execute v_hook.definition;
    end if;
  end loop;
end;
$$;

comment on function comply_private.log_reads() is
  'Give every tenant table the policies by which reads are logged while a tenant is verbose, else take them away. '
  'Idempotent. Locks the tables that it changes.';

revoke execute on function comply_private.log_reads() from public;
