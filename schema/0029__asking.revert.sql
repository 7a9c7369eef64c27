-- Undoes 0029: calls that failed are then found among all others.

drop index comply.detector_executions_failed_idx;
