-- Combines both halves of the session key, which callers cannot, so it has the owner's rights. What
-- comply.seal_field() does, for many: a key is taken from the session once for all fields that follow each other
-- under it.
create or replace function comply.seal_fields(
  plaintexts  text[],
  table_name  text,
  column_name text,
  record_ids  uuid[],
  subject_ids text[]  default null,
  padded      boolean default false
)
returns bytea[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text    text := current_setting('comply.session_keys', true);
  v_tenant  text := split_part(v_text, ':', 1);
  v_place   bytea := comply_private.field_aad(
    v_tenant, seal_fields.table_name, seal_fields.column_name, '00000000-0000-0000-0000-000000000000');
  v_kind    bytea := case when seal_fields.padded then '\x0102'::bytea else '\x0101'::bytea end;
  v_value   text;
  v_id      uuid;
  v_subject text;
  v_of      text;
  v_key     bytea;
  v_plain   bytea;
  v_header  bytea;
  v_sealed  bytea;
  v_all     bytea[] := '{}'::bytea[];
begin
  if cardinality(seal_fields.plaintexts) <> cardinality(seal_fields.record_ids)
     or cardinality(seal_fields.plaintexts) <> cardinality(seal_fields.subject_ids)
  then
    raise exception '% fields are to be sealed for % rows and % subjects',
      cardinality(seal_fields.plaintexts), cardinality(seal_fields.record_ids),
      coalesce(cardinality(seal_fields.subject_ids)::text, 'no')
      using errcode = 'PC323',
            hint    = 'Pass as many ids as values, in the same order; a null for what is of no subject.';
  end if;

  -- Elsewhere pgcrypto is reached by EXECUTE, which is what costs then.
  if not coalesce(strpos(v_text, ':p') > 0, false) then
    return array(
      select comply.seal_field(
        u.value, seal_fields.table_name, seal_fields.column_name, u.id, u.subject, seal_fields.padded)
      from unnest(seal_fields.plaintexts, seal_fields.record_ids, seal_fields.subject_ids)
        with ordinality as u (value, id, subject, n)
      order by u.n);
  end if;

  if coalesce(nullif(current_setting('comply.tenant_id', true), ''), v_tenant) <> v_tenant then
    v_text := null;
  end if;

  v_place := int8send(octet_length(v_place)) || substr(v_place, 1, octet_length(v_place) - 36);

  for v_value, v_id, v_subject in
    select u.value, u.id, u.subject
    from unnest(seal_fields.plaintexts, seal_fields.record_ids, seal_fields.subject_ids) as u (value, id, subject)
  loop
    if v_value is null then
      v_all := array_append(v_all, null);
      continue;
    end if;

    if v_key is null or v_subject is distinct from v_of then
      v_of := v_subject;
      v_key := case when v_text is not null then comply_private.session_key(
        ':s' || case when v_subject is null then repeat('0', 32)
                     else left(encode(comply_private.subject_digest(v_tenant, v_subject), 'hex'), 32) end,
        'public') end;
      v_header := v_kind || substr(v_key, 1, 16);
    end if;

    if v_key is null then
      raise exception 'no key is open to seal %.% with', seal_fields.table_name, seal_fields.column_name
        using errcode = 'PC322',
              hint    = 'Call comply.open_keys() in this transaction, for the tenant in context, and for the subject.';
    end if;

    v_plain := convert_to(v_value, 'UTF8');

    if seal_fields.padded then
      v_plain := v_plain || '\x80'::bytea || decode(repeat('00', 31 - octet_length(v_plain) % 32), 'hex');
    end if;

    v_sealed := public.gen_random_bytes(16);
    v_sealed := v_header || v_sealed
      || public.encrypt_iv(v_plain, substr(v_key, 17, 32), v_sealed, 'aes-cbc/pad:pkcs'::text);
    v_sealed := v_sealed
      || public.hmac(v_place || convert_to(v_id::text, 'UTF8') || v_sealed, substr(v_key, 49), 'sha256'::text);

    -- A null anywhere in the place would make a null of the envelope, and the value would be lost.
    if v_sealed is null then
      raise exception 'a field is sealed for no row'
        using errcode = 'PC323',
              hint    = 'Pass table, column and id of the row that the field is in.';
    end if;

    v_all := array_append(v_all, v_sealed);
  end loop;

  return v_all;
end;
$$;

comment on function comply.seal_fields(text[], text, text, uuid[], text[], boolean) is
  'Return values as envelopes, as comply.seal_field() makes each, in their order; null for null. Half the time of '
  'comply.seal_field() for each, where those of a subject follow each other. Raises PC320, PC322, PC323.';

revoke execute on function comply.seal_fields(text[], text, text, uuid[], text[], boolean) from public;
grant  execute on function comply.seal_fields(text[], text, text, uuid[], text[], boolean)
  to comply_app, comply_admin;
