-- Runs with the caller's rights: each sees what policies show. An archive is listed by its span and its tenant, because
-- it does not tell whom its rows name.
create or replace function comply.erasure_report(tenant_id text default null)
returns table (
  tenant              text,
  erasure_id          uuid,
  scope               text,
  subject_digest      text,
  basis               text,
  state               text,
  matter              text,
  requested_at        timestamptz,
  due_at              timestamptz,
  is_overdue          boolean,
  shredded_at         timestamptz,
  effective_at        timestamptz,
  is_effective        boolean,
  done_at             timestamptz,
  keys_shredded       integer,
  rows_destroyed      bigint,
  images_redacted     bigint,
  archives            bigint,
  archives_kept_until timestamptz
)
language sql
stable
set row_security = on
begin atomic
  select
    e.tenant_id,
    e.id,
    e.scope,
    encode(e.subject_digest, 'hex'),
    e.basis,
    e.state,
    e.matter,
    e.requested_at,
    e.due_at,
    coalesce(e.shredded_at, comply.now()) > e.due_at,
    e.shredded_at,
    e.effective_at,
    coalesce(e.effective_at <= comply.now(), false),
    e.done_at,
    cardinality(e.key_ids),
    (select coalesce(sum(r.value::bigint), 0)::bigint from jsonb_each_text(e.rows_destroyed) as r),
    e.images_redacted,
    a.archives,
    a.kept_until
  from comply.erasures as e
  cross join lateral (
    select count(*) as archives, max(r.keep_until) as kept_until
    from comply.archives as r
    where r.tenant_id = e.tenant_id
      and r.purged_at is null
      and r.archived_at < coalesce(e.shredded_at, comply.now())
  ) as a
  where erasure_report.tenant_id is null
     or e.tenant_id = erasure_report.tenant_id
  order by e.requested_at, e.id;
end;

comment on function comply.erasure_report(text) is
  'Return one row an erasure: by when it was due, since when the database cannot give the data back, from when on '
  'nobody can, and how many archives of before may still have the rows, what they say of keys unreadable.';

revoke execute on function comply.erasure_report(text) from public;
grant  execute on function comply.erasure_report(text) to comply_app, comply_reader, comply_auditor, comply_admin;
