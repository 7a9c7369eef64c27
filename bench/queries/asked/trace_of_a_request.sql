-- An auditor asks everything that a request changed, whoever's it was.
-- role: comply_auditor
-- budget: 10 ms
-- index: audit_trail_correlation_id_timestamp_idx
-- months: all
select t.happened_at, t.tenant_id, t.actor, t.operation, t.table_name, t.record_id, t.new_values
from comply.trace(:request) as t;
