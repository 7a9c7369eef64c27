-- An UPDATE at level standard has the columns that changed as they were, and the whole row as it became: so either
-- image may name the subject.
create or replace function comply_private.names_subject(audit_row comply.audit_trail, subject_id text)
returns boolean
language sql
stable
set row_security = on
begin atomic
  select coalesce(
    case when audit_row.table_name = 'load_rejects'
      then comply_private.mentions_subject(audit_row.old_values ->> 'line', names_subject.subject_id)
        or comply_private.mentions_subject(audit_row.new_values ->> 'line', names_subject.subject_id)
        or names_subject.subject_id in (audit_row.old_values ->> 'detail', audit_row.new_values ->> 'detail')
      else exists (
        select
        from comply_private.subject_columns as c
        where c.table_name = audit_row.table_name
          and names_subject.subject_id in (
            audit_row.old_values ->> c.column_name, audit_row.new_values ->> c.column_name)
      )
    end, false);
end;

comment on function comply_private.names_subject(comply.audit_trail, text) is
  'Return whether an image of a row of the trail is of a subject.';

revoke execute on function comply_private.names_subject(comply.audit_trail, text) from public;
