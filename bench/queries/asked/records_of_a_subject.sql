-- A service answers a person who asks what is known of him.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_subject_id_idx
-- months: all
select r.id, r."timestamp", r.detector_type, r.mapped_data
from comply.storage_records as r
where r.subject_id = :subject
  /* owner: and r.tenant_id = :tenant */
order by r."timestamp" desc
limit 50;
