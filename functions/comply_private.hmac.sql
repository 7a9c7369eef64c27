-- Where pgcrypto is in public, key and message are in no plan, so that nothing which logs plans can show them; from
-- any other schema it takes an EXECUTE, and docs/encryption.md says what shows them then.
create or replace function comply_private.hmac(message bytea, key bytea, schema_name text)
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code bytea;
begin
  if hmac.schema_name = 'public' then
    return public.hmac(hmac.message, hmac.key, 'sha256'::text);
  end if;

  execute format('select %I.hmac($1, $2, ''sha256''::text)', hmac.schema_name)
  into v_code
  using hmac.message, hmac.key;
  return v_code;
end;
$$;

comment on function comply_private.hmac(bytea, bytea, text) is
  'Return the HMAC-SHA256 of a message, by the pgcrypto of a schema.';

revoke execute on function comply_private.hmac(bytea, bytea, text) from public;
