-- Nothing audits these: they are what auditing writes. Each refuses every change but new rows, by an ALWAYS
-- trigger of the same name; invariants and comply.health() hold them to it.
create or replace function comply_private.evidence_tables()
returns text[]
language sql
immutable
parallel safe
return array['audit_trail', 'access_log', 'ledger_blocks', 'ledger_checkpoints', 'security_events'];

comment on function comply_private.evidence_tables() is
  'Return the tables of schema comply that are evidence: append-only, and not audited themselves.';

revoke execute on function comply_private.evidence_tables() from public;
