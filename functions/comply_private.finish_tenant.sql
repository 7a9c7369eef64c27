-- What retention does not destroy goes here in one step: there is little of it, and none of it is archived. The images
-- are then gone through once more from the first, because a transaction that began before the erasure may have
-- written behind the place where the batches were.
create or replace function comply_private.finish_tenant(erasure comply.erasures)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_place    record;
  v_rows     bigint;
  v_first_at timestamptz;
  v_last_at  timestamptz;
  v_hash     bytea;
  v_progress comply_private.redaction_progress;
  v_is_moved boolean := false;
  v_is_left  boolean;
begin
  perform comply_private.permit_destruction();

  for v_place in
    select p.*
    from comply_private.subject_places() as p
    join pg_class as c on c.oid = to_regclass(p.relation)
    where c.relkind = 'r'
      and p.table_name <> 'restored_rows'
  loop
    execute format(
      $q$
        with gone as (
          delete from %s as t
          where t.tenant_id = $1
          returning t.id, t.%I as at
        )
        select
          count(*),
          min(g.at),
          max(g.at),
          sha256(string_agg(uuid_send(g.id), '' order by g.id))
        from gone as g
      $q$,
      v_place.relation, v_place.clock)
    into v_rows, v_first_at, v_last_at, v_hash
    using erasure.tenant_id;

    continue when v_rows = 0;
    v_is_moved := true;

    insert into comply.destruction_certificates (
      tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, verdict, key_ids,
      hold_checked_at, effective_at)
    values (
      erasure.tenant_id, v_place.table_name, v_first_at, v_last_at + interval '1 microsecond',
      v_rows, v_hash, erasure.basis, 'ERASURE', erasure.key_ids, comply.now(),
      comply_private.effective_at(comply.now(), erasure.backup_days));

    update comply.erasures as e
    set rows_destroyed = comply_private.sum_of_counts(
      e.rows_destroyed, jsonb_build_object(v_place.table_name, v_rows))
    where e.tenant_id = erasure.tenant_id
      and e.id = erasure.id;
  end loop;

  perform comply_private.end_destruction();
  perform comply_private.erase_restored(erasure.tenant_id);

  -- Their deletion has left lines in the trail, which are gone through before anything is closed.
  if v_is_moved then
    return true;
  elsif not comply_private.is_settled(erasure.shredded_in) then
    return false;
  end if;

  for v_place in
    select format('comply.%I', c.relname) as relation
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'p'
      and c.relname <> all (comply_private.evidence_tables())
  loop
    execute format('select exists (select from %s as t where t.tenant_id = $1)', v_place.relation)
    into v_is_left
    using erasure.tenant_id;

    if v_is_left then
      return false;
    end if;
  end loop;

  select p.*
  into strict v_progress
  from comply_private.redaction_progress as p
  where p.tenant_id = erasure.tenant_id
    and p.erasure_id = erasure.id;

  if not v_progress.is_last then
    update comply_private.redaction_progress as p
    set transaction_id = '0',
        id = '00000000-0000-0000-0000-000000000000',
        is_last = true
    where p.tenant_id = erasure.tenant_id
      and p.erasure_id = erasure.id;

    return true;
  end if;

  update comply.erasures as e
  set state = 'done',
      images_redacted = v_progress.images,
      done_at = comply.now()
  where e.tenant_id = erasure.tenant_id
    and e.id = erasure.id;

  delete from comply_private.redaction_progress as p
  where p.tenant_id = erasure.tenant_id
    and p.erasure_id = erasure.id;

  return true;
end;
$$;

comment on function comply_private.finish_tenant(comply.erasures) is
  'Destroy what is left of a tenant beside what retention does, and close its erasure once nothing is and nothing can '
  'follow; return whether that moved it on.';

revoke execute on function comply_private.finish_tenant(comply.erasures) from public;
