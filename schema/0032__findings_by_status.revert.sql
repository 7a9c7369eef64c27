-- Undoes 0032: findings are as they were.

create index findings_run_id_idx on comply.findings (run_id, check_id);

drop index comply.findings_run_id_status_idx;
