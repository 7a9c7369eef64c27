create or replace function comply_private.held(tenant_id text, covers_from timestamptz, covers_until timestamptz)
returns text
language sql
stable
set row_security = on
begin atomic
  select h.matter
  from comply.legal_holds as h
  where h.tenant_id = held.tenant_id
    and h.released_at is null
    and (h.covers_from is null or held.covers_until is null or h.covers_from < held.covers_until)
    and (h.covers_until is null or held.covers_from is null or h.covers_until > held.covers_from)
  order by h.placed_at, h.matter
  limit 1;
end;

comment on function comply_private.held(text, timestamptz, timestamptz) is
  'Return the matter of a hold that covers a part of a span of a tenant, or null. What is to act on the answer calls '
  'comply_private.lock_holds() before it asks, in a statement of its own.';

revoke execute on function comply_private.held(text, timestamptz, timestamptz) from public;
