-- Undoes 0028.

alter table comply.column_labels no force row level security;

delete from comply.column_labels as l
where l.table_name in ('allowed_extensions', 'assessment_exceptions', 'check_limits', 'report_schedules', 'reports')
  and l.reviewed_by = 'comply-db';

alter table comply.column_labels force row level security;
