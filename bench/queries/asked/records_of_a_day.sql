-- A service lists a day.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_pkey
-- months: 1
select r.id, r."timestamp", r.detector_type, r.model_version, r.confidence_score, r.mapped_data
from comply.storage_records as r
where r."timestamp" >= :day
  and r."timestamp" < :next_day
  /* owner: and r.tenant_id = :tenant */
order by r."timestamp", r.id
limit :page;
