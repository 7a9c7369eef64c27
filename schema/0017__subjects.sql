-- Whose traffic a row is from, and what of it only the authorised may read. Columns that may be null, so the
-- tables are not rewritten; the indexes are made under a lock that stops writers, partial and so empty at first.
--
-- The subject is a pseudonym: the platform keeps who it stands for, so that no row, image or log names a person.

alter table comply.storage_records
  add column subject_id   text,
  add column confidential bytea,
  -- squawk-ignore constraint-missing-not-valid
  add constraint storage_records_subject_id_check check (length(subject_id) <= 200 and subject_id ~ '\S');

comment on column comply.storage_records.subject_id is
  'The pseudonym of the person whose traffic it was; null where there is none, or it is not known.';
comment on column comply.storage_records.confidential is
  'What only the authorised may read, as an envelope of comply.seal_field(); null: nothing.';

-- squawk-ignore require-concurrent-index-creation
create index storage_records_subject_id_idx on comply.storage_records (tenant_id, subject_id)
  where subject_id is not null;

alter table comply.detector_executions
  add column subject_id text,
  -- squawk-ignore constraint-missing-not-valid
  add constraint detector_executions_subject_id_check check (length(subject_id) <= 200 and subject_id ~ '\S');

comment on column comply.detector_executions.subject_id is
  'The pseudonym of the person whose traffic it was; null where there is none, or it is not known.';

-- squawk-ignore require-concurrent-index-creation
create index detector_executions_subject_id_idx on comply.detector_executions (tenant_id, subject_id)
  where subject_id is not null;
