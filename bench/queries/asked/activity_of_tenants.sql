-- An analyst compares tenants over a month.
-- role: comply_analyst
-- budget: 20 ms
-- index: daily_tenant_rollups_day_idx
-- reads: 300
select a.tenant_id, a.records, a.flagged, a.mean_confidence, a.last_day
from comply.activity_by_tenant(:month_ago_date, :tomorrow_date) as a;
