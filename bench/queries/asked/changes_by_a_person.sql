-- An auditor asks what somebody did, the newest first.
-- role: comply_auditor
-- budget: 100 ms
-- index: audit_trail_actor_idx
-- months: all
select s."timestamp", s.tenant_id, s.table_name, s.record_id, s.operation, s.changed_columns
from comply.audit_search(actor => :actor, row_limit => 50) as s;
