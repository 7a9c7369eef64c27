create or replace function comply_private.report_ledger(
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
    'incarnation', s.incarnation,
    'sealed_at', s.sealed_at,
    'streams', coalesce((
      select jsonb_agg(to_jsonb(t) order by t.stream)
      from (
        select h.stream, count(*) as tenants, sum(h.blocks) as blocks, sum(h.leaves) as sealed_rows
        from comply_private.ledger_heads as h
        where report_ledger.tenant is null
           or h.tenant_id = report_ledger.tenant
        group by h.stream
      ) as t
    ), '[]'),
    'checkpoints', (
      select count(*)
      from comply.ledger_checkpoints as c
      where c.made_at >= report_ledger.period_from
        and c.made_at < report_ledger.period_to
    ),
    'checkpoint', (
      select jsonb_build_object('seq', c.seq, 'digest', encode(c.digest, 'hex'), 'made_at', c.made_at)
      from comply.ledger_checkpoints as c
      order by c.seq desc
      limit 1
    ))
  from comply_private.ledger_state as s;
end;

comment on function comply_private.report_ledger(timestamptz, timestamptz, text) is
  'Return how far the ledger has sealed the trail and the access log, and the newest checkpoint there is.';

revoke execute on function comply_private.report_ledger(timestamptz, timestamptz, text) from public;
