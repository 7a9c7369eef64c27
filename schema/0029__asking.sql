-- What is asked often and had no index. The index is made under a lock that stops writers; what did not fail, nearly
-- all calls, passes it by.

-- squawk-ignore require-concurrent-index-creation
create index detector_executions_failed_idx on comply.detector_executions (tenant_id, "timestamp")
  where not success;
