-- Of every column of type bytea: what is no envelope has no key.
create or replace function comply_private.archived_key_ids(
  relation     regclass,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz
)
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_column text;
  v_found  uuid[];
  v_all    uuid[] := array[]::uuid[];
begin
  for v_column in
    select a.attname::text
    from pg_attribute as a
    where a.attrelid = archived_key_ids.relation
      and a.attnum > 0
      and not a.attisdropped
      and a.atttypid = 'bytea'::regtype
    order by a.attnum
  loop
    execute format(
      $q$
        select array_agg(distinct comply_private.envelope_key_ids(t.%2$I))
        from %1$s as t
        where t.tenant_id = $1
          and t."timestamp" >= $2
          and t."timestamp" < $3
          and comply.is_envelope(t.%2$I)
      $q$,
      archived_key_ids.relation, v_column)
    into v_found
    using archived_key_ids.tenant_id, archived_key_ids.covers_from, archived_key_ids.covers_until;

    v_all := v_all || v_found;
  end loop;

  return array(select distinct k.key_id from unnest(v_all) as k (key_id) order by k.key_id);
end;
$$;

comment on function comply_private.archived_key_ids(regclass, text, timestamptz, timestamptz) is
  'Return the data keys of the envelopes in the rows of a tenant and a span.';

revoke execute on function comply_private.archived_key_ids(regclass, text, timestamptz, timestamptz) from public;
