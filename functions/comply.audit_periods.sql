-- From the catalog, where everybody may look: what a partition holds is what it says there, whatever its name.
create or replace function comply.audit_periods(
  since  timestamptz default '-infinity',
  before timestamptz default 'infinity'
)
returns table (period_from timestamptz, period_to timestamptz)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select b.period_from, b.period_to
  from pg_inherits as i
  join pg_class as c on c.oid = i.inhrelid
  cross join lateral (
    select
      substring(pg_get_expr(c.relpartbound, c.oid) from $re$FROM \('([^']+)'\)$re$)::timestamptz,
      substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \('([^']+)'\)$re$)::timestamptz
  ) as b (period_from, period_to)
  where i.inhparent = 'comply.audit_trail'::regclass
    and b.period_from < audit_periods.before
    and b.period_to > audit_periods.since
  order by b.period_from desc;
end;
$$;

comment on function comply.audit_periods(timestamptz, timestamptz) is
  'Return the months that the audit trail has partitions for and that overlap a time, the latest first.';

revoke execute on function comply.audit_periods(timestamptz, timestamptz) from public;
grant  execute on function comply.audit_periods(timestamptz, timestamptz)
  to comply_app, comply_reader, comply_auditor, comply_admin;
