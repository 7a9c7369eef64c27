-- Undoes 0010.

drop table comply_private.maintenance_runs;
