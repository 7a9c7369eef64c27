-- Undoes 0030: what it takes away can be counted again.

drop table comply_private.last_seven_days;
drop table comply_private.daily_tenant_rollups;
