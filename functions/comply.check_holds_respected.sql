-- Reads holds and certificates of every tenant, which some callers may not, so it has the owner's rights. The
-- certificate of an erasure says when its first and its last row were, and nothing of those between.
create or replace function comply.check_holds_respected()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'holds_respected',
    'no certificate of what it covered, while it stood',
    'holds',
    array(
      select (
        h.matter,
        c.broken_by is null,
        jsonb_strip_nulls(jsonb_build_object(
          'hold', h.id,
          'placed_at', h.placed_at,
          'released_at', h.released_at,
          'certificates', c.broken_by,
          'rows', c.records)),
        h.tenant_id
      )::comply_private.judged
      from comply.legal_holds as h
      cross join lateral (
        select (array_agg(d.id order by d.destroyed_at, d.id))[1:20] as broken_by, sum(d.rows_destroyed) as records
        from comply.destruction_certificates as d
        cross join lateral (select tstzrange(h.covers_from, h.covers_until) as span) as s
        where d.tenant_id = h.tenant_id
          and d.destroyed_at >= h.placed_at
          and (h.released_at is null or d.destroyed_at < h.released_at)
          and case
            when d.verdict = 'ERASURE'
              then s.span @> d.covers_from or s.span @> (d.covers_until - interval '1 microsecond')
            else s.span && tstzrange(d.covers_from, d.covers_until)
          end
      ) as c
    )) as f;
end;
$$;

comment on function comply.check_holds_respected() is
  'Return of each hold whether anything that it covered was destroyed while it stood.';

revoke execute on function comply.check_holds_respected() from public;
grant  execute on function comply.check_holds_respected() to comply_auditor, comply_admin, comply_operator;
