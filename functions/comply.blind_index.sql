-- Combines both halves of the session key, which callers cannot, so it has the owner's rights. Letters beyond
-- ASCII keep their case: what lower() makes of them changes with the libraries of the system, and a fingerprint
-- has to be the same for ever. NFKC of what is assigned never changes.
create or replace function comply.blind_index(value text, table_name text, column_name text)
returns bytea
language plpgsql
stable
parallel restricted
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_held   text := current_setting('comply.session_keys', true);
  v_schema text := comply_private.pgcrypto_schema();
  v_key    bytea := comply_private.session_key(
    ':s' || left(
      encode(comply_private.subject_digest(blind_index.table_name, blind_index.column_name), 'hex'), 32),
    v_schema);
  v_bytes  integer;
begin
  if blind_index.value is null then
    return null;
  end if;

  select i.bytes
  into v_bytes
  from comply.blind_indexes as i
  where i.table_name = blind_index.table_name
    and i.column_name = blind_index.column_name;

  if not found then
    raise exception '%.% is no blind index', blind_index.table_name, blind_index.column_name
      using errcode = 'PC326',
            hint    = 'comply.blind_indexes lists them; comply.index_column() adds one.';
  end if;

  if v_key is null
     or coalesce(nullif(current_setting('comply.tenant_id', true), ''), split_part(v_held, ':', 1))
        <> split_part(v_held, ':', 1)
  then
    raise exception 'no key is open for the blind index %.%', blind_index.table_name, blind_index.column_name
      using errcode = 'PC322',
            hint    = 'Call comply.open_keys() in this transaction, with the key of the index, for its tenant.';
  end if;

  return substr(
    comply_private.hmac(
      convert_to(
        translate(
          btrim(normalize(blind_index.value, nfkc), E' \t\n\r\f\v'),
          'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
        'UTF8'),
      substr(v_key, 49), v_schema),
    1, v_bytes);
end;
$$;

comment on function comply.blind_index(text, text, text) is
  'Return the fingerprint of a value, for a column of comply.blind_indexes: of its NFKC, without white space around, A-Z '
  'as a-z; null of null. Others may share it: compare after opening. Raises PC320, PC322, PC326.';

revoke execute on function comply.blind_index(text, text, text) from public;
grant  execute on function comply.blind_index(text, text, text)
  to comply_app, comply_reader, comply_auditor, comply_admin;
