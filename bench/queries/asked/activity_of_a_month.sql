-- An analyst's dashboard over all tenants, day by day.
-- role: comply_analyst
-- budget: 20 ms
-- index: rollup_totals_pkey
-- reads: 40
select a.day, a.records, a.flagged, a.mean_confidence
from comply.activity_by_day(:month_ago_date, :tomorrow_date) as a;
