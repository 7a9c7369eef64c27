-- What the trail's guard goes by. Asks for a row that only functions of the owner write, and remove again before
-- their transaction ends: no setting, which any caller could make.
create or replace function comply_private.may_redact()
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return exists (
    select
    from comply_private.redaction_permits as p
    where p.transaction_id = pg_current_xact_id_if_assigned()
  );
end;
$$;

comment on function comply_private.may_redact() is
  'Return whether this transaction has the permit of an erasure to remove images from the trail.';

revoke execute on function comply_private.may_redact() from public;
