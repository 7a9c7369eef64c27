-- A service asks what was found for a request of the last day.
-- role: comply_app
-- budget: 10 ms
-- index: storage_records_correlation_id_idx
-- months: 1
select r.id, r."timestamp", r.detector_type, r.confidence_score, r.mapped_data
from comply.storage_records as r
where r.correlation_id = :request
  and r."timestamp" >= :day
  and r."timestamp" < :next_day
  /* owner: and r.tenant_id = :tenant */;
