-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_requests_in_time()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'requests_in_time',
    'it was answered by the day it was due',
    'requests of persons',
    array(
      select (
        r.id::text,
        coalesce(r.closed_at, comply.now()) <= r.due_at,
        jsonb_build_object(
          'kind', r.kind, 'state', r.state, 'received_at', r.received_at, 'due_at', r.due_at,
          'closed_at', r.closed_at),
        r.tenant_id
      )::comply_private.judged
      from comply.subject_requests as r
      where r.state = 'open'
         or r.received_at >= comply.now() - interval '365 days'
    )) as f;
end;
$$;

comment on function comply.check_requests_in_time() is
  'Check that each request of a person of the last year was answered by the day it was due, and that none is '
  'late.';

revoke execute on function comply.check_requests_in_time() from public;
grant  execute on function comply.check_requests_in_time() to comply_auditor, comply_admin, comply_operator;
