-- Writes what callers cannot, so it has the owner's rights: nobody chooses who made a report, or when. Locks the
-- schedule, so that of two who made the same report one is told.
create or replace function comply.record_report(
  report   jsonb,
  location text,
  files    jsonb,
  schedule uuid default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_id       uuid := comply.new_id();
  v_tenant   text := coalesce(record_report.report ->> 'tenant', '_system');
  v_from     timestamptz := (record_report.report -> 'period' ->> 'from')::timestamptz;
  v_to       timestamptz := (record_report.report -> 'period' ->> 'to')::timestamptz;
  v_schedule comply.report_schedules;
begin
  if jsonb_typeof(record_report.files) is distinct from 'array' or record_report.files = '[]' then
    raise exception 'a report without files is none'
      using errcode = 'PC632',
            hint    = 'Pass the files as [{"format": …, "name": …, "bytes": …, "sha256": …}].';
  end if;

  if record_report.schedule is not null then
    select s.*
    into v_schedule
    from comply.report_schedules as s
    where s.id = record_report.schedule
    for update;

    if not found
       or v_schedule.next_from is distinct from v_from
       or v_schedule.next_from + v_schedule.every is distinct from v_to
       or v_to > comply.now()
       or v_schedule.tenant_id <> v_tenant
       or v_schedule.framework_id is distinct from record_report.report -> 'framework' ->> 'framework_id'
       or not v_schedule.formats <@ array(
         select f.file ->> 'format'
         from jsonb_array_elements(record_report.files) as f (file)
       )
    then
      raise exception 'schedule % does not wait for this report', record_report.schedule
        using errcode = 'PC633',
              hint    = 'Another run recorded it, or the schedule was changed or dropped: see comply.due_reports().';
    end if;

    update comply.report_schedules as s
    set next_from = s.next_from + s.every,
        updated_at = comply.now()
    where s.tenant_id = v_schedule.tenant_id
      and s.id = v_schedule.id;
  end if;

  insert into comply.reports (
    tenant_id, report_id, framework_id, version, period_from, period_to, run_id, checkpoint_seq, format, location,
    file_name, file_bytes, file_hash, schedule_id)
  select
    v_tenant,
    v_id,
    record_report.report -> 'framework' ->> 'framework_id',
    record_report.report -> 'framework' ->> 'version',
    v_from,
    v_to,
    (record_report.report -> 'run' ->> 'run_id')::uuid,
    (record_report.report -> 'ledger' -> 'checkpoint' ->> 'seq')::bigint,
    f.format,
    record_report.location,
    f.name,
    f.bytes,
    decode(f.sha256, 'hex'),
    record_report.schedule
  from jsonb_to_recordset(record_report.files) as f (format text, name text, bytes bigint, sha256 text);

  return v_id;
end;
$$;

comment on function comply.record_report(jsonb, text, jsonb, uuid) is
  'Put the files of a report on record, each with its size and SHA-256, so that the ledger seals them; a schedule '
  'goes on to its next period. Return the name of the report. Raises PC632, PC633.';

revoke execute on function comply.record_report(jsonb, text, jsonb, uuid) from public;
grant  execute on function comply.record_report(jsonb, text, jsonb, uuid)
  to comply_auditor, comply_admin, comply_operator;
