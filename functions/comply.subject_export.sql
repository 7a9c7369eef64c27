-- Reads what policies would show its caller anyway, but also what is in no table of the caller's, so it has the owner's
-- rights and names the tenant itself. Fields open under keys that the caller has opened, and under no others. The trace
-- has the digest: it tells an auditor whose data left, who knows whom to ask about.
create or replace function comply.subject_export(tenant_id text, subject_id text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
declare
  v_digest bytea := comply_private.subject_digest(subject_export.tenant_id, subject_export.subject_id);
  v_place  record;
  v_rows   jsonb;
  v_opened bigint;
  v_closed bigint;
  v_tables jsonb := '{}'::jsonb;
  v_all    bigint := 0;
  v_sealed bigint := 0;
  v_trail  jsonb;
  v_asked  jsonb;
begin
  perform comply_private.require_scope(subject_export.tenant_id);

  if not coalesce(length(subject_export.subject_id) <= 200 and subject_export.subject_id ~ '\S', false) then
    raise exception 'no subject has a name like that'
      using errcode = 'PC330',
            hint    = 'Pass the pseudonym as it stands in subject_id: 1 to 200 characters, not all of them blank.';
  end if;

  for v_place in
    select p.*
    from comply_private.subject_places() as p
  loop
    perform comply_private.log_access(
      subject_export.tenant_id, v_place.table_name, 'comply.subject_export: ' || encode(v_digest, 'hex'));

    execute format(
      $q$
        select
          coalesce(jsonb_agg(o.opened order by t.%1$I, t.id), '[]'),
          coalesce(sum(o.fields_opened), 0),
          coalesce(sum(o.fields_sealed), 0)
        from %2$s as t
        cross join lateral comply_private.opened_row(%4$s) as o
        where t.tenant_id = $1
          and (%3$s)
      $q$,
      v_place.clock, v_place.relation, v_place.condition,
      case v_place.table_name
        when 'restored_rows' then 't.table_name, t.content'
        else format('%L, to_jsonb(t)', v_place.table_name)
      end)
    into v_rows, v_opened, v_closed
    using subject_export.tenant_id, subject_export.subject_id;

    v_tables := v_tables || jsonb_build_object(v_place.table_name, v_rows);
    v_all := v_all + v_opened;
    v_sealed := v_sealed + v_closed;
  end loop;

  perform comply_private.log_access(
    subject_export.tenant_id, 'audit_trail', 'comply.subject_export: ' || encode(v_digest, 'hex'));

  select coalesce(jsonb_agg(to_jsonb(a) - array['salt', 'change'] order by a.id), '[]')
  into v_trail
  from comply_private.subject_images(subject_export.tenant_id, subject_export.subject_id) as a;

  if to_regclass('comply.subject_requests') is not null then
    select jsonb_agg(to_jsonb(q) order by q.received_at)
    into v_asked
    from comply.subject_requests as q
    where q.tenant_id = subject_export.tenant_id
      and q.subject_digest = v_digest;
  end if;

  return jsonb_build_object(
    'format', 'comply-db-subject-export-1',
    'tenant_id', subject_export.tenant_id,
    'subject_id', subject_export.subject_id,
    'subject_digest', encode(v_digest, 'hex'),
    'made_at', comply.now(),
    'made_by', session_user,
    'tables', v_tables,
    'fields_opened', v_all,
    'fields_sealed', v_sealed,
    'audit_trail', v_trail,
    'erasures', (
      select coalesce(jsonb_agg(to_jsonb(e) order by e.requested_at), '[]')
      from comply.erasures as e
      where e.tenant_id = subject_export.tenant_id
        and (e.scope = 'tenant' or e.subject_digest = v_digest)
    ),
    'requests', coalesce(v_asked, '[]'),
    'archives', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'id', r.id, 'table_name', r.table_name, 'covers_from', r.covers_from, 'covers_until', r.covers_until,
            'keep_until', r.keep_until,
            'needs_key_of_subject', r.key_ids && array(
              select k.key_id
              from comply_private.data_keys as k
              where k.tenant_id = r.tenant_id
                and k.subject_digest = v_digest
            ))
          order by r.table_name, r.covers_from),
        '[]')
      from comply.archives as r
      where r.tenant_id = subject_export.tenant_id
        and r.purged_at is null
        and r.table_name in (select c.table_name from comply_private.subject_columns as c)
    ),
    'not_covered', jsonb_build_array(
      'payloads outside the database: see blob_path of each row',
      'archives: they are listed by their span, and do not tell whose rows they have',
      'backups, replicas and exports of the database',
      'the access log and security events: what reads and refusals name is no subject',
      'rows that name the subject in no column that is registered, such as free text of metadata')
      || case
        when v_sealed > 0 then jsonb_build_array(
          format('%s field(s): their keys are not open in this transaction, or are shredded', v_sealed))
        else '[]'
      end);
end;
$$;

comment on function comply.subject_export(text, text) is
  'Return all that is held on a subject, as one document: rows, what the trail says of them, erasures, requests, and the '
  'archives that may have more; confidential fields opened where comply.open_keys() opened their keys in this transaction. '
  'Leaves rows in comply.access_log. Raises PC003, PC210, PC330, PC332.';

revoke execute on function comply.subject_export(text, text) from public;
grant  execute on function comply.subject_export(text, text) to comply_app, comply_admin;
