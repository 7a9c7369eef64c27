-- For what PostgreSQL itself refuses, and for every other error that ended a transaction: the service that
-- caught it tells of it in the next. Writes a table that callers cannot, so it has the owner's rights. It is
-- the service's word, under a login that it cannot choose; the server's log has PostgreSQL's.
create or replace function comply.report_denial(code text, table_name text default null, message text default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not coalesce(report_denial.code ~ '^(42501|PC[0-9]{3})$', false) then
    raise exception 'code % is of no denial', quote_nullable(left(report_denial.code, 20))
      using errcode = 'PC211',
            hint    = 'Pass the SQLSTATE of the error: 42501, or one of docs/errors.md.';
  end if;

  if length(report_denial.table_name) > 63 then
    raise exception 'table % has no name', quote_literal(left(report_denial.table_name, 80))
      using errcode = 'PC211',
            hint    = 'Pass the table of the statement, or leave it out.';
  end if;

  return comply_private.write_event(
    report_denial.code, coalesce(report_denial.message, 'reported by the service'), report_denial.table_name);
end;
$$;

comment on function comply.report_denial(text, text, text) is
  'Record in a new transaction that an earlier one was denied something; return the id of the event. Raises PC211.';

revoke execute on function comply.report_denial(text, text, text) from public;
grant  execute on function comply.report_denial(text, text, text)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
