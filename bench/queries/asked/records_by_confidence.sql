-- A service asks of which of a month's records a detector was surest.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_detector_type_confidence_score_idx
-- months: 1
select r.id, r."timestamp", r.confidence_score, r.mapped_data
from comply.storage_records as r
where r.detector_type = :detector
  and r.confidence_score >= 0.5
  and r."timestamp" >= :month
  and r."timestamp" < :next_month
  /* owner: and r.tenant_id = :tenant */
order by r.confidence_score desc
limit :page;
