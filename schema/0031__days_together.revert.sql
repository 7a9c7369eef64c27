-- Undoes 0031: the rows stay where they are, and a later CLUSTER does not move them.

alter table comply_private.daily_tenant_rollups set without cluster;
