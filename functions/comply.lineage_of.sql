create or replace function comply.lineage_of(record_id uuid, depth integer default 5)
returns table (
  direction   text,
  distance    integer,
  tenant_id   text,
  node        text,
  relation    text,
  source      text,
  happened_at timestamptz,
  basis       text
)
language sql
stable
begin atomic
  select e.direction, e.distance, e.tenant_id, e.node, e.relation, e.source, e.happened_at, e.basis
  from comply.lineage_of_entity('record:' || lineage_of.record_id, lineage_of.depth) as e;
end;

comment on function comply.lineage_of(uuid, integer) is
  'Return what a record goes back to, its text, execution, model, taxonomy, load and agent, and what goes '
  'back to it: archives, restores, reviews, reports, trainings, its destruction. Raises PC004, PC614.';

revoke execute on function comply.lineage_of(uuid, integer) from public;
grant  execute on function comply.lineage_of(uuid, integer)
  to comply_app, comply_reader, comply_auditor, comply_admin;
