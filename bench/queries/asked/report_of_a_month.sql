-- An auditor reports on a month of all tenants.
-- role: comply_auditor
-- budget: 100 ms
-- index: rollup_totals_pkey or daily_rollups_day_idx
-- months: all
-- reads: none
select comply.report('eu-ai-act', :last_month, :this_month);
