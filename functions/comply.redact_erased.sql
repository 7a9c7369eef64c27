-- A procedure that commits can neither have the owner's rights nor set a path, so it names everything in full,
-- does nothing itself, and runs with its caller's rights.
create or replace procedure comply.redact_erased(batch_rows integer default 5000)
language plpgsql
as $$
begin
  while comply.redact_batch(redact_erased.batch_rows) operator(pg_catalog.>) 0 loop
    commit;
  end loop;
  commit;
end;
$$;

comment on procedure comply.redact_erased(integer) is
  'Finish what comply.erase_subject() and comply.erase_tenant() began, in batches that are committed: a call that was '
  'cut off is continued by the next. Raises PC330, PC331.';

revoke execute on procedure comply.redact_erased(integer) from public;
grant  execute on procedure comply.redact_erased(integer) to comply_admin, comply_operator;
