-- A tenant's dashboard: hour by hour.
-- role: comply_app
-- budget: 20 ms
-- index: hourly_rollups_pkey
-- reads: 40
select a.hour, a.records, a.flagged, a.mean_confidence
from comply.activity_by_hour(:week_ago, :tomorrow) as a;
