-- Undoes 0024: what it takes away can be counted again.

drop table comply_private.rollup_state;
drop table comply_private.rollup_months;
drop table comply_private.rollup_batch;
drop table comply_private.rollup_changes;
drop table comply_private.rollup_totals;
drop table comply_private.daily_label_rollups;
drop table comply_private.daily_rollups;
drop table comply_private.hourly_label_rollups;
drop table comply_private.hourly_rollups;
