-- Compared as text, as the trigger does: jsonb takes 1.0 and 1.00 for the same. Without new values, at audit
-- level minimal, the old ones are names of what changed and no more. What is no object has no columns: somebody
-- without a right to has written it, which is for comply.verify_audit() to say.
create or replace function comply.changed_columns(operation text, old_values jsonb, new_values jsonb)
returns text[]
language sql
immutable
parallel safe
begin atomic
  select case when changed_columns.operation = 'UPDATE' then array(
    select k.name
    from pg_catalog.jsonb_object_keys(
      case when jsonb_typeof(changed_columns.old_values) = 'object' then changed_columns.old_values end) as k (name)
    where k.name <> 'updated_at'
      and (
        changed_columns.new_values is null
        or (changed_columns.new_values -> k.name)::text is distinct from (changed_columns.old_values -> k.name)::text
      )
    order by k.name
  ) end;
end;

comment on function comply.changed_columns(text, jsonb, jsonb) is
  'Return which columns a row of the audit trail says were changed, by name; null where it is no UPDATE.';

revoke execute on function comply.changed_columns(text, jsonb, jsonb) from public;
grant  execute on function comply.changed_columns(text, jsonb, jsonb)
  to comply_app, comply_reader, comply_auditor, comply_admin;
