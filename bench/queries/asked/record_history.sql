-- A service shows who changed a record, and how it was before.
-- role: comply_app
-- budget: 10 ms
-- index: audit_trail_record_id_idx
-- months: all
select h.changed_at, h.operation, h.changed_columns, h.actor, h.before, h.after
from comply.record_history('storage_records', :id) as h;
