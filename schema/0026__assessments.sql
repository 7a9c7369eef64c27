-- What was found in a schema and is left as it is, with a reason and until when. Creates a table, so it waits for
-- nobody. Until policies/comply.assessment_exceptions.sql has run, only the owner gets in.

create table comply.assessment_exceptions (
  rule           text        not null,
  subject        text        not null,
  severity       text        not null,
  reason         text        not null,
  accepted_by    text        not null default session_user,
  accepted_at    timestamptz not null default comply.now(),
  accepted_until timestamptz not null,

  constraint assessment_exceptions_pkey primary key (rule, subject),
  constraint assessment_exceptions_rule_check check (rule ~ '^[a-z][a-z_]*$'),
  constraint assessment_exceptions_severity_check check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  constraint assessment_exceptions_reason_check check (reason ~ '\S'),
  constraint assessment_exceptions_accepted_until_check
    check (accepted_until > accepted_at and accepted_until <= accepted_at + interval '366 days')
);

comment on table comply.assessment_exceptions is
  'One row a finding of comply.assess_schema() that is accepted for a time.';
comment on column comply.assessment_exceptions.rule is 'The rule that found it.';
comment on column comply.assessment_exceptions.subject is 'What it was found in, as the finding names it.';
comment on column comply.assessment_exceptions.severity is
  'How severe it was when it was accepted: were it to become more so, it is open again.';
comment on column comply.assessment_exceptions.reason is 'Why it is accepted.';
comment on column comply.assessment_exceptions.accepted_by is 'The login that accepted it.';
comment on column comply.assessment_exceptions.accepted_at is 'When it was accepted.';
comment on column comply.assessment_exceptions.accepted_until is
  'When it is open again, at most 366 days later.';

comment on table comply_private.rollup_batch is
  'The changes that one step of a refresh applies; empty between two, so it is unlogged.';
comment on column comply_private.schema_migration_events.transactional is
  'Whether the file ran in one transaction with this row; null where it is about no file.';
