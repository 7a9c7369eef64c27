-- Combines both halves of the session key, which callers cannot, so it has the owner's rights. docs/encryption.md has
-- the bytes. A null anywhere in the place would make a null of the envelope, and the value would be lost.
create or replace function comply.seal_field(
  plaintext   text,
  table_name  text,
  column_name text,
  record_id   uuid,
  subject_id  text    default null,
  padded      boolean default false
)
returns bytea
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text      text := current_setting('comply.session_keys', true);
  v_held      bytea := convert_to(v_text, 'UTF8');
  v_tenant    text := split_part(v_text, ':', 1);
  v_name      text := ':s00000000000000000000000000000000';
  v_at        integer;
  v_is_public boolean := strpos(v_text, ':p') > 0;
  v_schema    text;
  v_secret    bytea;
  v_code      bytea;
  v_key       bytea;
  v_plain     bytea;
  v_header    bytea;
  v_aad       bytea;
  v_sealed    bytea;
begin
  if seal_field.plaintext is null then
    return null;
  end if;

  if seal_field.subject_id is not null then
    v_name := ':s' || left(encode(comply_private.subject_digest(v_tenant, seal_field.subject_id), 'hex'), 32);
  end if;

  -- The scope stands behind the key's id.
  v_at := strpos(v_text, v_name) - 34;

  -- What comply_private.session_key() does, written out: a call of it takes two of some twelve microseconds.
  if v_is_public and v_at > 0 then
    select s.encryption, s.authentication
    into v_secret, v_code
    from comply_private.session_secrets as s;

    v_code := public.hmac(
      int4send(pg_backend_pid()) || timestamptz_send(now()) || substr(v_held, 1, strpos(v_text, ':') + 1)
      || substr(v_held, v_at, 293), v_code, 'sha256'::text);

    if convert_to(encode(v_code, 'hex'), 'UTF8') = substr(v_held, v_at + 293, 64) then
      v_code := decode(convert_from(substr(v_held, v_at + 69, 224), 'UTF8'), 'hex');
      v_key := public.decrypt_iv(substr(v_code, 17), v_secret, substr(v_code, 1, 16), 'aes-cbc/pad:pkcs'::text);
    end if;
  elsif not v_is_public then
    v_schema := comply_private.pgcrypto_schema();
    v_key := comply_private.session_key(v_name, v_schema);
  end if;

  if v_key is null or coalesce(nullif(current_setting('comply.tenant_id', true), ''), v_tenant) <> v_tenant then
    raise exception 'no key is open to seal %.% with', seal_field.table_name, seal_field.column_name
      using errcode = 'PC322',
            hint    = 'Call comply.open_keys() in this transaction, for the tenant in context, and for the subject.';
  end if;

  v_plain := convert_to(seal_field.plaintext, 'UTF8');

  if seal_field.padded then
    v_plain := v_plain || '\x80'::bytea || decode(repeat('00', 31 - octet_length(v_plain) % 32), 'hex');
  end if;

  v_header := case when seal_field.padded then '\x0102'::bytea else '\x0101'::bytea end || substr(v_key, 1, 16);
  v_aad := comply_private.field_aad(v_tenant, seal_field.table_name, seal_field.column_name, seal_field.record_id);
  v_aad := int8send(octet_length(v_aad)) || v_aad || v_header;

  if v_is_public then
    v_sealed := public.gen_random_bytes(16);
    v_sealed := v_sealed || public.encrypt_iv(v_plain, substr(v_key, 17, 32), v_sealed, 'aes-cbc/pad:pkcs'::text);
    v_sealed := v_header || v_sealed || public.hmac(v_aad || v_sealed, substr(v_key, 49), 'sha256'::text);
  else
    execute format(
      $q$
        select $3 || s.sealed || %1$I.hmac($4 || s.sealed, $5, 'sha256'::text)
        from %1$I.gen_random_bytes(16) as r (iv)
        cross join lateral (
          select r.iv || %1$I.encrypt_iv($1, $2, r.iv, 'aes-cbc/pad:pkcs'::text) offset 0
        ) as s (sealed)
      $q$,
      v_schema)
    into v_sealed
    using v_plain, substr(v_key, 17, 32), v_header, v_aad, substr(v_key, 49);
  end if;

  if v_sealed is null then
    raise exception 'a field is sealed for no row'
      using errcode = 'PC323',
            hint    = 'Pass table, column and id of the row that the field is in.';
  end if;

  return v_sealed;
end;
$$;

comment on function comply.seal_field(text, text, text, uuid, text, boolean) is
  'Return a value as an envelope that opens only in its tenant, table, column and row; null of null. Under the key of '
  'the subject, if one is named. padded hides its length, up to 32 bytes. Raises PC320, PC322, PC323.';

revoke execute on function comply.seal_field(text, text, text, uuid, text, boolean) from public;
grant  execute on function comply.seal_field(text, text, text, uuid, text, boolean)
  to comply_app, comply_admin;
