-- A service lists what it judged last: the first page of every screen.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_pkey
-- months: 8
select r.id, r."timestamp", r.detector_type, r.model_version, r.confidence_score, r.mapped_data
from comply.storage_records as r
where true /* owner: and r.tenant_id = :tenant */
order by r."timestamp" desc, r.id desc
limit 50;
