-- Reads keys that callers cannot, so it has the owner's rights. Whoever has the unwrapped key needs no permission to
-- use it; this one keeps a service to its tenant, and a wrong key from sealing anything. Keys come as bound
-- parameters and are used in expressions only, never in a query: its plan would have them as constants, for
-- auto_explain and debug_print_plan to show.
create or replace function comply.open_keys(key_ids uuid[], keys bytea[], tenant_id text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_schema text := comply_private.pgcrypto_schema();
  v_tenant text := comply_private.key_tenant(open_keys.tenant_id);
  v_head   text := v_tenant || case v_schema when 'public' then ':p' else ':o' end;
  v_all    text := v_head;
  v_newest boolean := true;
  v_secret comply_private.session_secrets;
  v_row    record;
  v_key    bytea;
  v_sealed bytea;
  v_record text;
begin
  perform set_config('comply.session_keys', '', true);

  if coalesce(cardinality(open_keys.key_ids), 0) not between 1 and 1000
     or cardinality(open_keys.key_ids) <> coalesce(cardinality(open_keys.keys), 0)
  then
    raise exception '% key ids come with % keys',
      coalesce(cardinality(open_keys.key_ids), 0), coalesce(cardinality(open_keys.keys), 0)
      using errcode = 'PC321',
            hint    = 'Pass 1 to 1,000 ids as comply.wrapped_keys() lists them, and the key of each, unwrapped.';
  end if;

  select s.*
  into v_secret
  from comply_private.session_secrets as s;

  for v_row in
    select
      a.key_id,
      a.position,
      k.check_value,
      k.purpose,
      k.state,
      case
        -- The newest of each scope that was passed seals, so that a service which has yet to hear of a rotation
        -- goes on working.
        when row_number() over (
               partition by k.purpose, k.subject_digest, k.table_name, k.column_name order by k.version desc) > 1
          then repeat('-', 32)
        when k.purpose = 'bidx'
          then left(encode(comply_private.subject_digest(k.table_name, k.column_name), 'hex'), 32)
        when k.subject_digest is null then repeat('0', 32)
        else left(encode(k.subject_digest, 'hex'), 32)
      end as scope
    from unnest(open_keys.key_ids) with ordinality as a (key_id, position)
    left join comply_private.data_keys as k
      on k.tenant_id = v_tenant
     and k.key_id = a.key_id
     and k.state <> 'shredded'
  loop
    v_key := open_keys.keys[v_row.position];

    if not coalesce(
         octet_length(v_key) = 32
         and substr(comply_private.hmac('comply-db check', v_key, v_schema), 1, 8) = v_row.check_value, false)
    then
      raise exception 'what was passed is not key % of tenant %', v_row.key_id, quote_literal(v_tenant)
        using errcode = 'PC321',
              hint    = 'Ask comply.wrapped_keys() again: it is unknown or was shredded, or another was unwrapped.';
    end if;

    v_newest := v_newest and (v_row.scope = repeat('-', 32) or v_row.state = 'active');

    if v_row.purpose = 'bidx' then
      v_key := uuid_send(v_row.key_id) || v_key || v_key;
    else
      v_key := uuid_send(v_row.key_id) || comply_private.hmac('\x01656e63', v_key, v_schema)
        || comply_private.hmac('\x026d6163', v_key, v_schema);
    end if;

    if v_schema = 'public' then
      v_sealed := public.gen_random_bytes(16);
      v_sealed := v_sealed || public.encrypt_iv(v_key, v_secret.encryption, v_sealed, 'aes-cbc/pad:pkcs'::text);
    else
      execute format(
        'select r.iv || %1$I.encrypt_iv($1, $2, r.iv, ''aes-cbc/pad:pkcs''::text) '
        'from %1$I.gen_random_bytes(16) as r (iv)',
        v_schema)
      into v_sealed
      using v_key, v_secret.encryption;
    end if;

    v_record := ':k' || replace(v_row.key_id::text, '-', '') || ':s' || v_row.scope || ';' || encode(v_sealed, 'hex');
    v_all := v_all || v_record || encode(
      comply_private.hmac(
        int4send(pg_backend_pid()) || timestamptz_send(now()) || convert_to(v_head || v_record, 'UTF8'),
        v_secret.authentication, v_schema), 'hex');
  end loop;

  perform set_config('comply.session_keys', v_all, true);
  return v_newest;
end;
$$;

comment on function comply.open_keys(uuid[], bytea[], text) is
  'Let this transaction seal and open fields under keys that the caller has unwrapped; in place of those that were '
  'open. Bind both as parameters. Returns false where a newer key is there: fetch it soon. '
  'Raises PC004, PC320, PC321, PC325.';

revoke execute on function comply.open_keys(uuid[], bytea[], text) from public;
grant  execute on function comply.open_keys(uuid[], bytea[], text)
  to comply_app, comply_reader, comply_auditor, comply_admin;
