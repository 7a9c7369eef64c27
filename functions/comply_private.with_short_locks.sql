-- Whoever waits for a lock makes all who come after wait as well, so each try is short, and shorter than the time
-- after which the server looks for deadlocks: then it is this transaction that gives way, and nobody else's is ended.
-- A try that failed has left nothing.
create or replace function comply_private.with_short_locks(statement text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_before text := current_setting('lock_timeout');
  v_try    integer := 0;
begin
  loop
    v_try := v_try + 1;

    begin
      perform set_config('lock_timeout', least(50 * 2 ^ v_try, 200)::integer::text, true);
      execute with_short_locks.statement;
      perform set_config('lock_timeout', v_before, true);
      return;
    exception
      when lock_not_available then
        if v_try = 20 then
          raise;
        end if;
    end;

    perform pg_sleep(0.1 * random());
  end loop;
end;
$$;

comment on function comply_private.with_short_locks(text) is
  'Run a statement whose locks nobody else should wait long for: 20 times, each time for 200 ms at most.';

revoke execute on function comply_private.with_short_locks(text) from public;
