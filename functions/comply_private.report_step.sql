create or replace function comply_private.report_step(period_from timestamptz, period_to timestamptz)
returns interval
language sql
immutable
parallel safe
begin atomic
  select case
    when period_to - period_from <= interval '62 days' then interval '1 day'
    when period_to - period_from <= interval '434 days' then interval '7 days'
    else interval '30 days'
  end;
end;

comment on function comply_private.report_step(timestamptz, timestamptz) is
  'Return how long a step of the trends of a report is: a day up to 62 days, a week up to 434, else thirty days.';

revoke execute on function comply_private.report_step(timestamptz, timestamptz) from public;
