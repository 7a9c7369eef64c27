-- Combines both halves of the session key, which callers cannot, so it has the owner's rights. One error whatever is
-- wrong, and the tag is reckoned in every case, so that neither text nor time tells which: under a key of
-- nothing where its own is not open. Compared by keyed hashes of both, because bytea = stops at the first difference.
-- Nothing is decrypted before the tag is right.
create or replace function comply.open_field(envelope bytea, table_name text, column_name text, record_id uuid)
returns text
language plpgsql
stable
parallel restricted
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text      text := current_setting('comply.session_keys', true);
  v_held      bytea := convert_to(v_text, 'UTF8');
  v_tenant    text := split_part(v_text, ':', 1);
  v_name      text := ':k' || encode(substr(open_field.envelope, 3, 16), 'hex');
  v_at        integer := strpos(v_text, v_name);
  v_is_public boolean := strpos(v_text, ':p') > 0;
  v_length    integer := greatest(octet_length(open_field.envelope), 82);
  v_aad       bytea := comply_private.field_aad(
    v_tenant, open_field.table_name, open_field.column_name, open_field.record_id);
  v_schema    text;
  v_secret    bytea;
  v_code      bytea;
  v_key       bytea;
  v_mac       bytea;
  v_is_mac    boolean;
  v_plain     bytea;
begin
  if open_field.envelope is null then
    return null;
  end if;

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

  v_mac := coalesce(substr(v_key, 49), '\x00'::bytea);
  v_aad := int8send(octet_length(v_aad)) || v_aad || substr(open_field.envelope, 1, v_length - 32);

  if v_is_public then
    v_is_mac := sha256(v_mac || substr(open_field.envelope, v_length - 31))
      = sha256(v_mac || public.hmac(v_aad, v_mac, 'sha256'::text));
  else
    execute format(
      $q$ select sha256($3 || $1) = sha256($3 || %I.hmac($2, $3, 'sha256'::text)) $q$,
      coalesce(v_schema, comply_private.pgcrypto_schema()))
    into v_is_mac
    using substr(open_field.envelope, v_length - 31), v_aad, v_mac;
  end if;

  if v_is_mac
     and v_key is not null
     and coalesce(nullif(current_setting('comply.tenant_id', true), ''), v_tenant) = v_tenant
     and comply.is_envelope(open_field.envelope)
  then
    if v_is_public then
      v_plain := public.decrypt_iv(
        substr(open_field.envelope, 35, v_length - 66), substr(v_key, 17, 32), substr(open_field.envelope, 19, 16),
        'aes-cbc/pad:pkcs'::text);
    else
      execute format('select %I.decrypt_iv($1, $2, $3, ''aes-cbc/pad:pkcs''::text)', v_schema)
      into v_plain
      using
        substr(open_field.envelope, 35, v_length - 66), substr(v_key, 17, 32), substr(open_field.envelope, 19, 16);
    end if;

    if get_byte(open_field.envelope, 1) = 2 then
      v_plain := rtrim(v_plain, '\x00'::bytea);
      v_plain := substr(v_plain, 1, octet_length(v_plain) - 1);
    end if;

    return convert_from(v_plain, 'UTF8');
  end if;

  raise exception 'the field cannot be opened'
    using errcode = 'PC324',
          hint    = 'Open its key by comply.open_keys(); else it was changed, moved, or is of another tenant.';
end;
$$;

comment on function comply.open_field(bytea, text, text, uuid) is
  'Return the value of an envelope, for the table, column and row that it is in; null of null. Raises PC320, PC324.';

revoke execute on function comply.open_field(bytea, text, text, uuid) from public;
grant  execute on function comply.open_field(bytea, text, text, uuid)
  to comply_app, comply_reader, comply_auditor, comply_admin;
