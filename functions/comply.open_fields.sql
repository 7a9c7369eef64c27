-- Combines both halves of the session key, which callers cannot, so it has the owner's rights. What
-- comply.open_field() does, for many: a key is taken from the session once for all fields that follow each other
-- under it. The error is the same, and does not say which of them could not be opened.
create or replace function comply.open_fields(
  envelopes   bytea[],
  table_name  text,
  column_name text,
  record_ids  uuid[]
)
returns text[]
language plpgsql
stable
parallel restricted
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text     text := current_setting('comply.session_keys', true);
  v_tenant   text := split_part(v_text, ':', 1);
  v_is_ours  boolean := coalesce(nullif(current_setting('comply.tenant_id', true), ''), v_tenant) = v_tenant;
  v_place    bytea := comply_private.field_aad(
    v_tenant, open_fields.table_name, open_fields.column_name, '00000000-0000-0000-0000-000000000000');
  v_envelope bytea;
  v_id       uuid;
  v_key_id   bytea;
  v_key      bytea;
  v_mac      bytea;
  v_length   integer;
  v_plain    bytea;
  v_opened   text[] := '{}'::text[];
begin
  if cardinality(open_fields.envelopes) <> cardinality(open_fields.record_ids) then
    raise exception '% envelopes are to be opened for % rows',
      cardinality(open_fields.envelopes), cardinality(open_fields.record_ids)
      using errcode = 'PC323',
            hint    = 'Pass as many ids as envelopes, in the same order.';
  end if;

  -- Elsewhere pgcrypto is reached by EXECUTE, which is what costs then.
  if not coalesce(strpos(v_text, ':p') > 0, false) then
    return array(
      select comply.open_field(u.envelope, open_fields.table_name, open_fields.column_name, u.id)
      from unnest(open_fields.envelopes, open_fields.record_ids) with ordinality as u (envelope, id, n)
      order by u.n);
  end if;

  v_place := int8send(octet_length(v_place)) || substr(v_place, 1, octet_length(v_place) - 36);

  for v_envelope, v_id in
    select u.envelope, u.id
    from unnest(open_fields.envelopes, open_fields.record_ids) as u (envelope, id)
  loop
    if v_envelope is null then
      v_opened := array_append(v_opened, null);
      continue;
    end if;

    if substr(v_envelope, 3, 16) is distinct from v_key_id then
      v_key_id := substr(v_envelope, 3, 16);
      v_key := comply_private.session_key(':k' || encode(v_key_id, 'hex'), 'public');
      v_mac := coalesce(substr(v_key, 49), '\x00'::bytea);
    end if;

    v_length := greatest(octet_length(v_envelope), 82);

    if sha256(v_mac || substr(v_envelope, v_length - 31))
       = sha256(v_mac || public.hmac(
           v_place || convert_to(v_id::text, 'UTF8') || substr(v_envelope, 1, v_length - 32), v_mac, 'sha256'::text))
       and v_key is not null
       and v_is_ours
       and comply.is_envelope(v_envelope)
    then
      v_plain := public.decrypt_iv(
        substr(v_envelope, 35, v_length - 66), substr(v_key, 17, 32), substr(v_envelope, 19, 16),
        'aes-cbc/pad:pkcs'::text);

      if get_byte(v_envelope, 1) = 2 then
        v_plain := rtrim(v_plain, '\x00'::bytea);
        v_plain := substr(v_plain, 1, octet_length(v_plain) - 1);
      end if;

      v_opened := array_append(v_opened, convert_from(v_plain, 'UTF8'));
    else
      raise exception 'the field cannot be opened'
        using errcode = 'PC324',
              hint    = 'Open its key by comply.open_keys(); else it was changed, moved, or is of another tenant.';
    end if;
  end loop;

  return v_opened;
end;
$$;

comment on function comply.open_fields(bytea[], text, text, uuid[]) is
  'Return the values of envelopes, each for its row of a table and column, in their order; null for null. Half the '
  'time of comply.open_field() for each. Raises PC320, PC323, PC324.';

revoke execute on function comply.open_fields(bytea[], text, text, uuid[]) from public;
grant  execute on function comply.open_fields(bytea[], text, text, uuid[])
  to comply_app, comply_reader, comply_auditor, comply_admin;
