-- An analyst asks who found most in the last seven days.
-- role: comply_analyst
-- budget: 20 ms
-- reads: 2000
select l.tenant_id, l.detector_type, l.model_version, l.records, l.flagged, l.mean_confidence
from comply.last_seven_days as l
order by l.records desc, l.tenant_id, l.detector_type, l.model_version
limit 20;
