-- Undoes 0023, but only before lineage, a request or a review is on record: those are evidence. NO FORCE first: the
-- owner then counts every row, whatever the policies say by now.

alter table comply.lineage_events no force row level security;
alter table comply.subject_requests no force row level security;
alter table comply.decision_reviews no force row level security;
alter table comply.column_labels no force row level security;

do $$
declare
  v_rows  bigint;
  v_label record;
begin
  select
    (select count(*) from comply.lineage_events)
    + (select count(*) from comply.subject_requests)
    + (select count(*) from comply.decision_reviews)
  into v_rows;

  if v_rows > 0 then
    raise exception 'governance still has % row(s) of evidence', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: where data came from and what persons asked stays on record.';
  end if;

  for v_label in
    select
      c.oid::regclass as relation,
      a.attname,
      regexp_replace(col_description(c.oid, a.attnum), ' ?\[label: [^]]*\]$', '') as text
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and not c.relispartition
      and col_description(c.oid, a.attnum) ~ '\[label: [^]]*\]$'
  loop
    execute format('comment on column %s.%I is %L', v_label.relation, v_label.attname, v_label.text);
  end loop;
end;
$$;

drop table comply.decision_reviews;
drop table comply.subject_requests;
drop table comply.processing_recipients;
drop table comply.processing_activities;
drop table comply.lineage_events;

-- As 0019 left them.
truncate comply.column_labels;

alter table comply.column_labels
  drop column subject_kind,
  drop column legal_basis,
  drop column source,
  drop column confidence,
  drop column waiver,
  drop column reviewed_by,
  drop column reviewed_at;

insert into comply.column_labels (table_name, column_name, classification) values
  ('storage_records', 'source_data_hash', 'confidential'),
  ('storage_records', 'mapped_data', 'confidential'),
  ('storage_records', 'metadata', 'confidential'),
  ('storage_records', 'blob_path', 'confidential'),
  ('storage_records', 'subject_id', 'confidential'),
  ('storage_records', 'confidential', 'restricted'),
  ('detector_executions', 'error_message', 'confidential'),
  ('detector_executions', 'metadata', 'confidential'),
  ('detector_executions', 'subject_id', 'confidential'),
  ('model_metrics', 'metric_value', 'internal'),
  ('load_rejects', 'line', 'confidential'),
  ('audit_trail', 'old_values', 'restricted'),
  ('audit_trail', 'new_values', 'restricted'),
  ('audit_trail', 'actor', 'confidential'),
  ('access_log', 'query_text', 'confidential'),
  ('access_log', 'actor', 'confidential'),
  ('security_events', 'actor', 'confidential');

comment on table comply.column_labels is
  'One row a column that somebody has classified. A table is as secret as the most secret of its columns.';
alter table comply.column_labels force row level security;

alter table comply.checks no force row level security;
alter table comply.control_mappings no force row level security;

delete from comply.control_mappings as m
where m.source = 'check'
  and m.source_id in (
    select c.check_id from comply.checks as c where c.position between 29 and 44 and c.position <> 33);
delete from comply.checks as c
where c.position between 29 and 44
  and c.position <> 33;

alter table comply.checks force row level security;
alter table comply.control_mappings force row level security;
