-- What is accepted of the findings about schemas. Auditors and operators read it; administrators accept and
-- withdraw, by comply.accept_assessment() or by hand, and cannot choose who accepted or when.

alter table comply.assessment_exceptions enable row level security;
alter table comply.assessment_exceptions force row level security;

drop policy if exists assessment_exceptions_staff_reads on comply.assessment_exceptions;
create policy assessment_exceptions_staff_reads
  on comply.assessment_exceptions
  for select
  to comply_auditor, comply_operator
  using (true);

drop policy if exists assessment_exceptions_admin_all on comply.assessment_exceptions;
create policy assessment_exceptions_admin_all
  on comply.assessment_exceptions
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists assessment_exceptions_owner_all on comply.assessment_exceptions;
create policy assessment_exceptions_owner_all
  on comply.assessment_exceptions
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.assessment_exceptions
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.assessment_exceptions
  to comply_auditor, comply_admin, comply_operator;
grant insert (rule, subject, severity, reason, accepted_until) on comply.assessment_exceptions
  to comply_admin;
grant delete on comply.assessment_exceptions
  to comply_admin;
