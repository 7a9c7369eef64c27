-- A tenant's dashboard: which labels were found.
-- role: comply_app
-- budget: 20 ms
-- index: daily_label_rollups_pkey
-- reads: 500
select a.label, a.records, a.mean_confidence
from comply.activity_by_label(:month_ago_date, :tomorrow_date) as a;
