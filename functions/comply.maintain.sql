-- A procedure that commits can neither have the owner's rights nor set a path, so it names everything in full, does
-- nothing itself, and runs with its caller's rights. Each step commits by itself, so what a later one fails at undoes
-- nothing. Months are made under a lock timeout, because whoever comes after a waiting ATTACH waits as well; one
-- that could not be made is made by the next call, long before the month begins.
create or replace procedure comply.maintain(ahead integer default 3)
language plpgsql
as $$
begin
  begin
    perform pg_catalog.set_config('lock_timeout', '500ms', true);
    perform comply.ensure_partitions(maintain.ahead);
  exception
    when lock_not_available then
      raise warning 'no months were made: %', sqlerrm
        using hint = 'The next call makes them. comply.partition_health() says how long there is.';
  end;
  commit;

  call comply.seal_audit();
  perform comply.checkpoint();
  commit;

  call comply.enforce_retention(dry_run => false);
  call comply.redact_erased();
  call comply.refresh_rollups();

  while comply.count_activity() > 0 loop
    commit;
  end loop;
end;
$$;

comment on procedure comply.maintain(integer) is
  'Do the upkeep that is due: make months ahead, seal, make a checkpoint, enforce retention, carry out erasures, '
  'bring rollups and the counts of reports up to date. For a scheduler, hourly. Idempotent. Raises PC104, and what its steps raise.';

revoke execute on procedure comply.maintain(integer) from public;
grant  execute on procedure comply.maintain(integer) to comply_operator;
