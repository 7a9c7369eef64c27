-- Undoes 0028: what somebody stated since then stays.

alter table comply.processing_activities no force row level security;

delete from comply.processing_activities as p
where p.tenant_id = '*'
  and p.set_by = 'comply-db';

alter table comply.processing_activities force row level security;

alter table comply.column_labels no force row level security;

delete from comply.column_labels as l
where l.table_name in ('reports', 'report_schedules', 'assessment_exceptions');

alter table comply.column_labels force row level security;
