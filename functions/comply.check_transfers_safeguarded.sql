-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_transfers_safeguarded()
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
    'transfers_safeguarded',
    'it is in no third country, or a safeguard is named',
    'recipients',
    array(
      select (
        format('%s: %s: %s, %s', r.tenant, r.activity, r.recipient, r.country),
        not comply_private.is_third_country(r.country) or r.safeguard is not null,
        jsonb_build_object('country', r.country, 'is_third_country', comply_private.is_third_country(r.country)),
        case when r.tenant <> '*' then r.tenant end
      )::comply_private.judged
      from comply.processing_recipients as r
      join comply.processing_activities as a on a.tenant = r.tenant and a.name = r.activity
      where comply.now() >= a.valid_from
        and comply.now() < coalesce(a.valid_until, 'infinity')
    )) as f;
end;
$$;

comment on function comply.check_transfers_safeguarded() is
  'Check that data of activities in force goes to third countries only where a safeguard is named.';

revoke execute on function comply.check_transfers_safeguarded() from public;
grant  execute on function comply.check_transfers_safeguarded() to comply_auditor, comply_admin, comply_operator;
