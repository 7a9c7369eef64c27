create or replace function comply_private.report_retention(
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  select jsonb_build_object(
    'rules', (
      select count(*)
      from comply.retention_policies as p
      where report_retention.tenant is null
         or p.tenant_id in (report_retention.tenant, '*')
    ),
    'holds', (
      select jsonb_build_object(
        'standing', count(*) filter (where coalesce(h.released_at, 'infinity') >= report_retention.period_to),
        'placed', count(*) filter (where h.placed_at >= report_retention.period_from),
        'released', count(*) filter (where h.released_at < report_retention.period_to))
      from comply.legal_holds as h
      where h.placed_at < report_retention.period_to
        and coalesce(h.released_at, 'infinity') >= report_retention.period_from
        and (report_retention.tenant is null or h.tenant_id in (report_retention.tenant, '*'))
    ),
    'destroyed', coalesce((
      select jsonb_agg(to_jsonb(c) order by c.rows_destroyed desc, c.table_name, c.verdict)
      from (
        select
          d.table_name,
          coalesce(d.verdict, 'DROP') as verdict,
          count(*) as certificates,
          sum(d.rows_destroyed) as rows_destroyed,
          count(*) filter (where d.archive_ids is not null) as archived,
          count(*) filter (where d.approved_by is not null) as approved,
          max(d.destroyed_at) as last_at
        from comply.destruction_certificates as d
        where d.destroyed_at >= report_retention.period_from
          and d.destroyed_at < report_retention.period_to
          and (report_retention.tenant is null or d.tenant_id = report_retention.tenant)
        group by 1, 2
      ) as c
    ), '[]'),
    'archives', (
      select jsonb_build_object(
        'made', count(*) filter (where a.archived_at >= report_retention.period_from),
        'standing', count(*),
        'verified', count(*) filter (where a.verified_at < report_retention.period_to),
        'rows', coalesce(sum(a.row_count), 0),
        'bytes', coalesce(sum(a.object_bytes), 0))
      from comply.archives as a
      where a.archived_at < report_retention.period_to
        and coalesce(a.purged_at, 'infinity') >= report_retention.period_to
        and (report_retention.tenant is null or a.tenant_id = report_retention.tenant)
    ),
    'restores', (
      select count(*)
      from comply.restores as r
      where r.restored_at >= report_retention.period_from
        and r.restored_at < report_retention.period_to
        and (report_retention.tenant is null or r.tenant_id = report_retention.tenant)
    ),
    'erasures', (
      select jsonb_build_object(
        'requested', count(*) filter (where e.requested_at >= report_retention.period_from),
        'shredded', count(*) filter (
          where e.shredded_at >= report_retention.period_from and e.shredded_at < report_retention.period_to),
        'waiting', count(*) filter (where coalesce(e.shredded_at, 'infinity') >= report_retention.period_to),
        'late', count(*) filter (
          where coalesce(e.shredded_at, 'infinity') >= e.due_at
            and e.due_at < least(report_retention.period_to, comply.now())))
      from comply.erasures as e
      where e.requested_at < report_retention.period_to
        and coalesce(e.done_at, 'infinity') >= report_retention.period_from
        and (report_retention.tenant is null or e.tenant_id = report_retention.tenant)
    ));
end;

comment on function comply_private.report_retention(timestamptz, timestamptz, text) is
  'Return what was destroyed, archived, held and erased in a period, as counts.';

revoke execute on function comply_private.report_retention(timestamptz, timestamptz, text) from public;
