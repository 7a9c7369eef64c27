-- Takes both halves together: what the transaction's setting has, under what only the owner reads. A setting is
-- anybody's to write, so nothing of it is used before its code is right. Process and transaction are in the code: a
-- setting that is carried elsewhere opens nothing. A record is ':k', the key's id, ':s', its scope, ';', then in hex
-- a vector and what is sealed, and the code; before the first are the tenant, and ':p' where pgcrypto is in public.
--
-- Here and in what seals and opens, public stands in the text, as an EXECUTE costs five microseconds; the branch is
-- never planned where pgcrypto is elsewhere.
create or replace function comply_private.session_key(name text, schema_name text)
returns bytea
language plpgsql
stable
parallel restricted
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text       text := current_setting('comply.session_keys', true);
  v_at         integer := strpos(v_text, session_key.name);
  v_held       bytea := convert_to(v_text, 'UTF8');
  v_encryption bytea;
  v_code       bytea;
  v_message    bytea;
  v_sealed     bytea;
begin
  if coalesce(v_at, 0) = 0 then
    return null;
  end if;

  if session_key.name ^@ ':s' then
    v_at := greatest(v_at - 34, 1);
  end if;

  select s.encryption, s.authentication
  into v_encryption, v_code
  from comply_private.session_secrets as s;

  v_message := int4send(pg_backend_pid()) || timestamptz_send(now())
    || substr(v_held, 1, strpos(v_text, ':') + 1) || substr(v_held, v_at, 293);

  v_code := comply_private.hmac(v_message, v_code, session_key.schema_name);

  if convert_to(encode(v_code, 'hex'), 'UTF8') <> substr(v_held, v_at + 293, 64) then
    return null;
  end if;

  v_sealed := decode(convert_from(substr(v_held, v_at + 69, 224), 'UTF8'), 'hex');

  if session_key.schema_name = 'public' then
    return public.decrypt_iv(substr(v_sealed, 17), v_encryption, substr(v_sealed, 1, 16), 'aes-cbc/pad:pkcs'::text);
  end if;

  execute format('select %I.decrypt_iv($1, $2, $3, ''aes-cbc/pad:pkcs''::text)', session_key.schema_name)
  into v_sealed
  using substr(v_sealed, 17), v_encryption, substr(v_sealed, 1, 16);
  return v_sealed;
end;
$$;

comment on function comply_private.session_key(text, text) is
  'Return the id, the encryption and the authentication key of a key that this transaction has open, or null; by the '
  'pgcrypto of a schema.';

revoke execute on function comply_private.session_key(text, text) from public;
