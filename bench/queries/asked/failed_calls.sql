-- A service asks which calls failed in a quarter.
-- role: comply_app
-- budget: 100 ms
-- index: detector_executions_failed_idx
-- months: 3
select x.id, x."timestamp", x.detector_type, x.model_version, x.latency_ms, x.error_message
from comply.detector_executions as x
where not x.success
  and x."timestamp" >= :quarter
  and x."timestamp" < :next_month
  /* owner: and x.tenant_id = :tenant */
order by x."timestamp" desc
limit :page;
