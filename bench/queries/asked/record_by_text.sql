-- A service asks whether a text was judged before, whenever that was.
-- role: comply_app
-- budget: 10 ms
-- index: storage_records_source_data_hash_idx
-- months: all
select r.id, r."timestamp", r.detector_type, r.model_version, r.confidence_score, r.mapped_data
from comply.storage_records as r
where r.source_data_hash = :text_hash
  /* owner: and r.tenant_id = :tenant */;
