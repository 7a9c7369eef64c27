-- An auditor asks what retention would do now.
-- role: comply_auditor
-- budget: 100 ms
-- months: all
-- reads: 1000
select p.table_name, p.month, p.tenant, p.verdict, p.row_count, p.reason, p.rule
from comply.retention_plan() as p;
