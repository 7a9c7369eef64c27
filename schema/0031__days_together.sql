-- Puts what was counted by the day and tenant in the order of days. What is asked of every tenant reads a month of days
-- at once; where they lie tenant by tenant, each row of it is in another page. Writes the table anew, so whoever asks
-- waits for that: some six seconds for a million rows.

cluster comply_private.daily_tenant_rollups using daily_tenant_rollups_day_idx;
analyze comply_private.daily_tenant_rollups;
