-- Reads keys, which callers cannot, so it has the owner's rights. Granted to nobody: whoever may call it may be
-- any tenant. Grant it to the login of the gateway where that has no key of its own.
create or replace function comply.issue_token(
  tenant_id text,
  actor     text     default null,
  lifetime  interval default '5 minutes'
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key  comply_private.context_keys;
  v_life interval;
  v_body text;
begin
  if not exists (select from comply.tenant_configs as c where c.tenant_id = issue_token.tenant_id) then
    raise exception 'tenant % is unknown', quote_nullable(issue_token.tenant_id)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or add the tenant as comply_admin with comply.add_tenant().';
  end if;

  if issue_token.actor !~ '^[ -\[\]-~]+$' or length(issue_token.actor) > 256 then
    raise exception 'actor % does not fit in a token', quote_literal(left(issue_token.actor, 300))
      using errcode = 'PC001',
            hint    = 'Pass 1 to 256 printable ASCII characters without backslash, or leave the actor out.';
  end if;

  select s.token_lifetime
  into v_life
  from comply_private.context_settings as s;

  if not coalesce(issue_token.lifetime > interval '0' and issue_token.lifetime <= v_life, false) then
    raise exception 'a token cannot live for %', coalesce(issue_token.lifetime::text, 'null')
      using errcode = 'PC007',
            hint    = format('Pass more than nothing and at most %s.', v_life);
  end if;

  select k.*
  into v_key
  from comply_private.context_keys as k
  where k.state = 'active'
  order by k.created_at desc, k.kid
  limit 1;

  if not found then
    raise exception 'there is no active key to sign with'
      using errcode = 'PC007',
            hint    = 'Add one with comply.rotate_context_key(kid, key).';
  end if;

  v_body := concat_ws(
    '.',
    'v1',
    v_key.kid,
    issue_token.tenant_id,
    translate(encode(convert_to(coalesce(issue_token.actor, ''), 'UTF8'), 'base64'), E'+/=\n', '-_'),
    floor(date_part('epoch', comply_private.clock() + issue_token.lifetime))::bigint,
    encode(uuid_send(gen_random_uuid()), 'hex'));

  return v_body || '.' || comply_private.hmac_hex(v_body, v_key.inner_pad, v_key.outer_pad);
end;
$$;

comment on function comply.issue_token(text, text, interval) is
  'Sign a context for a tenant and an actor. Raises PC001, PC003, PC007.';

revoke execute on function comply.issue_token(text, text, interval) from public;
