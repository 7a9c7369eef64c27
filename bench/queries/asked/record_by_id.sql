-- A service opens one record, of which it knows no more than the id.
-- role: comply_app
-- budget: 10 ms
-- index: storage_records_id_idx
-- months: all
select r.*
from comply.storage_records as r
where r.id = :id
  /* owner: and r.tenant_id = :tenant */;
