-- So that a report need not read what every tenant passed, to see that something passed. Builds an index, so it waits for
-- runs of checks that write, and they for it.

-- squawk-ignore require-concurrent-index-creation
create index findings_run_id_status_idx on comply.findings (run_id, check_id, status, tenant_id);

-- squawk-ignore require-concurrent-index-deletion
drop index comply.findings_run_id_idx;
