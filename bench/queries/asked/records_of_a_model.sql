-- A service lists what a version of a model judged up to a day.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_model_version_idx
-- months: 4
select r.id, r."timestamp", r.detector_type, r.confidence_score, r.mapped_data
from comply.storage_records as r
where r.model_version = :model
  and r."timestamp" >= :quarter
  and r."timestamp" < :next_day
  /* owner: and r.tenant_id = :tenant */
order by r."timestamp" desc
limit :page;
