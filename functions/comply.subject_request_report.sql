-- Runs with the caller's rights: each sees what policies show.
create or replace function comply.subject_request_report()
returns table (
  tenant_id   text,
  request_id  uuid,
  kind        text,
  state       text,
  received_at timestamptz,
  due_at      timestamptz,
  is_extended boolean,
  closed_at   timestamptz,
  is_late     boolean,
  time_left   interval,
  erasure_id  uuid
)
language sql
stable
set row_security = on
begin atomic
  select
    r.tenant_id,
    r.id,
    r.kind,
    r.state,
    r.received_at,
    r.due_at,
    r.extension_reason is not null,
    r.closed_at,
    coalesce(r.closed_at, comply.now()) > r.due_at,
    case when r.state = 'open' then r.due_at - comply.now() end,
    r.erasure_id
  from comply.subject_requests as r
  order by r.state <> 'open', r.due_at, r.id;
end;

comment on function comply.subject_request_report() is
  'Return the register of requests of persons, the open ones first, the most urgent first; time_left below '
  'zero: late.';

revoke execute on function comply.subject_request_report() from public;
grant  execute on function comply.subject_request_report()
  to comply_app, comply_reader, comply_auditor, comply_admin;
