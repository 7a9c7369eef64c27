-- Writes holds, which callers cannot, so it has the owner's rights: nobody chooses who placed one. The first call
-- for a matter wins and a repeat changes nothing, so callers may retry blindly; a repeat that names another span
-- fails, because its caller would take for held what is not. Waits for a destruction that is under way.
create or replace function comply.place_hold(
  tenant_id    text,
  matter       text,
  reason       text,
  covers_from  timestamptz default null,
  covers_until timestamptz default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_hold comply.legal_holds;
begin
  -- A hold under a misspelt name would hold nothing. Rows outlive tenants in the trail, and some are nobody's.
  if not exists (select from comply.tenant_configs as c where c.tenant_id = place_hold.tenant_id)
     and not exists (select from comply_private.ledger_heads as h where h.tenant_id = place_hold.tenant_id)
     and place_hold.tenant_id is distinct from '_system'
  then
    raise exception 'tenant % is unknown', quote_nullable(place_hold.tenant_id)
      using errcode = 'PC003',
            hint    = 'Check the spelling: nothing is held.';
  end if;

  insert into comply.legal_holds (tenant_id, matter, reason, covers_from, covers_until)
  values (
    place_hold.tenant_id, place_hold.matter, place_hold.reason, place_hold.covers_from, place_hold.covers_until)
  on conflict on constraint legal_holds_pkey do nothing;

  if found then
    return true;
  end if;

  select h.*
  into v_hold
  from comply.legal_holds as h
  where h.tenant_id = place_hold.tenant_id
    and h.matter = place_hold.matter;

  if v_hold.released_at is not null then
    raise exception 'hold % of tenant % was released at %',
      quote_literal(place_hold.matter), quote_literal(place_hold.tenant_id), v_hold.released_at
      using errcode = 'PC301',
            hint    = 'A released hold stays closed: place a new one under another matter.';
  end if;

  if (v_hold.covers_from, v_hold.covers_until) is distinct from (place_hold.covers_from, place_hold.covers_until) then
    raise exception 'hold % of tenant % covers % until %', quote_literal(place_hold.matter),
      quote_literal(place_hold.tenant_id), coalesce(v_hold.covers_from, '-infinity'),
      coalesce(v_hold.covers_until, 'infinity')
      using errcode = 'PC302',
            hint    = 'Place another hold under another matter; this one stands as it is.';
  end if;

  return false;
end;
$$;

comment on function comply.place_hold(text, text, text, timestamptz, timestamptz) is
  'Keep a tenant''s rows of a span of time from being destroyed, by anybody, until comply.release_hold(); true if '
  'this call placed the hold, false if it stood already. Idempotent. Waits for a destruction that is under way. '
  'Raises PC003, PC301, PC302.';

revoke execute on function comply.place_hold(text, text, text, timestamptz, timestamptz) from public;
grant  execute on function comply.place_hold(text, text, text, timestamptz, timestamptz) to comply_admin;
