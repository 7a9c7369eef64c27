-- A hold covers a span, not a tenant: what is asked is whether it covers anything that the erasure would destroy. Rows
-- and lines of the trail are looked at by day, archives by whether the subject's keys are needed to read them. The
-- caller has called comply_private.lock_holds().
create or replace function comply_private.subject_hold(tenant_id text, subject_id text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_places text;
  v_matter text;
begin
  if comply_private.held(subject_hold.tenant_id, null, null) is null then
    return null;
  end if;

  select string_agg(
    format(
      'select min(t.%1$I), max(t.%1$I) from %2$s as t where t.tenant_id = $1 and (%3$s) '
      'group by date_trunc(''day'', t.%1$I)',
      p.clock, p.relation, p.condition),
    ' union all ')
  into v_places
  from comply_private.subject_places() as p;

  execute format(
    $q$
      select comply_private.held($1, s.first_at, s.last_at + interval '1 microsecond')
      from (
        %s
        union all
        select min(a."timestamp"), max(a."timestamp")
        from comply_private.subject_images($1, $2) as a
        group by date_trunc('day', a."timestamp")
        union all
        select min(r.covers_from), max(r.covers_until)
        from comply.archives as r
        where r.tenant_id = $1
          and r.purged_at is null
          and r.key_ids && array(
            select k.key_id
            from comply_private.data_keys as k
            where k.tenant_id = $1
              and k.subject_digest = comply_private.subject_digest($1, $2)
          )
        group by r.id
      ) as s (first_at, last_at)
      where comply_private.held($1, s.first_at, s.last_at + interval '1 microsecond') is not null
      order by 1
      limit 1
    $q$,
    v_places)
  into v_matter
  using subject_hold.tenant_id, subject_hold.subject_id;

  return v_matter;
end;
$$;

comment on function comply_private.subject_hold(text, text) is
  'Return the matter of a hold that covers anything of a subject, in tables, trail or archives; null: none does.';

revoke execute on function comply_private.subject_hold(text, text) from public;
