-- Undoes 0013, but only before anything was sealed or destroyed: neither is reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.ledger_blocks no force row level security;
alter table comply.ledger_checkpoints no force row level security;
alter table comply.destruction_certificates no force row level security;
alter table comply.audit_trail no force row level security;

do $$
declare
  v_rows bigint;
begin
  select
    (select count(*) from comply.ledger_blocks)
    + (select count(*) from comply.ledger_checkpoints)
    + (select count(*) from comply.destruction_certificates)
    + (select count(*) from comply.audit_trail as a where a.redacted_digest is not null or a.operation = 'REDACT')
  into v_rows;

  if v_rows > 0 then
    raise exception 'the ledger still has % row(s)', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the ledger holds is evidence.';
  end if;
end;
$$;

alter table comply.audit_trail force row level security;

drop table comply.ledger_blocks;
drop table comply.ledger_checkpoints;
drop table comply.destruction_certificates;
drop table comply_private.ledger_leaves;
drop table comply_private.ledger_nodes;
drop table comply_private.ledger_heads;
drop table comply_private.ledger_state;
drop index comply.audit_trail_id_idx;
drop index comply.audit_trail_redacted_idx;

alter table comply.audit_trail
  drop constraint audit_trail_redacted_digest_check,
  drop constraint audit_trail_operation_check,
  add constraint audit_trail_operation_check check (operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
  drop column redacted_digest,
  drop column salt;

comment on column comply.audit_trail.operation is 'INSERT, UPDATE, DELETE or TRUNCATE.';
