create or replace function comply.current_correlation_id()
returns uuid
language sql
stable
parallel safe
return nullif(current_setting('comply.correlation_id', true), '')::uuid;

comment on function comply.current_correlation_id() is
  'Return the request that this transaction belongs to, or null.';

revoke execute on function comply.current_correlation_id() from public;
grant  execute on function comply.current_correlation_id()
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
