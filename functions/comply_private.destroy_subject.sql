-- The certificate has a hash over the ids, in their order: one over contents could be tried out by whoever guesses
-- them. The trail has the same ids, so it can be computed again for ever.
create or replace function comply_private.destroy_subject(
  tenant_id    text,
  subject_id   text,
  basis        text,
  key_ids      uuid[],
  effective_at timestamptz,
  out rows_destroyed jsonb,
  out records        uuid[])
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
  v_ids      uuid[];
  v_hash     bytea;
  v_restored bigint;
begin
  rows_destroyed := '{}';
  records := '{}';
  perform comply_private.permit_destruction();

  for v_place in
    select p.*
    from comply_private.subject_places() as p
    where p.table_name <> 'restored_rows'
  loop
    execute format(
      $q$
        with gone as (
          delete from %s as t
          where t.tenant_id = $1
            and (%s)
          returning t.id, t.%I as at
        )
        select
          count(*),
          min(g.at),
          max(g.at),
          array_agg(g.id),
          sha256(string_agg(uuid_send(g.id), '' order by g.id))
        from gone as g
      $q$,
      v_place.relation, v_place.condition, v_place.clock)
    into v_rows, v_first_at, v_last_at, v_ids, v_hash
    using destroy_subject.tenant_id, destroy_subject.subject_id;

    continue when v_rows = 0;

    insert into comply.destruction_certificates (
      tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, verdict, key_ids,
      hold_checked_at, effective_at)
    values (
      destroy_subject.tenant_id, v_place.table_name, v_first_at, v_last_at + interval '1 microsecond',
      v_rows, v_hash, destroy_subject.basis, 'ERASURE', destroy_subject.key_ids,
      comply.now(), destroy_subject.effective_at);

    rows_destroyed := comply_private.sum_of_counts(
      rows_destroyed, jsonb_build_object(v_place.table_name, v_rows));
    records := records || v_ids;
  end loop;

  perform comply_private.end_destruction();

  -- Copies of what a certificate was written for when it was archived and destroyed.
  v_restored := comply_private.erase_restored(destroy_subject.tenant_id, destroy_subject.subject_id);

  if v_restored > 0 then
    rows_destroyed := comply_private.sum_of_counts(
      rows_destroyed, jsonb_build_object('restored_rows', v_restored));
  end if;
end;
$$;

comment on function comply_private.destroy_subject(text, text, text, uuid[], timestamptz) is
  'Delete every row that names a subject, under one certificate a table; return how many of each table, and their '
  'ids. Idempotent.';

revoke execute on function comply_private.destroy_subject(text, text, text, uuid[], timestamptz) from public;
