-- Undoes 0026. What was accepted is found again; the administrative events keep who accepted what.

drop table comply.assessment_exceptions;

comment on table comply_private.rollup_batch is 'The changes that one step of a refresh applies; empty between two.';
comment on column comply_private.schema_migration_events.transactional is
  'Whether the file ran in one transaction with this row.';
