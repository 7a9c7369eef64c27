-- Undoes 0022, but only before any check ran and anybody accepted or defined anything: those rows are evidence, and
-- evidence is not reverted. NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.check_runs no force row level security;
alter table comply.findings no force row level security;
alter table comply.finding_exceptions no force row level security;
alter table comply.tenant_frameworks no force row level security;
alter table comply.frameworks no force row level security;
alter table comply_private.access_reviews no force row level security;

do $$
declare
  v_rows bigint;
begin
  select
    (select count(*) from comply.check_runs)
    + (select count(*) from comply.findings)
    + (select count(*) from comply.finding_exceptions)
    + (select count(*) from comply.tenant_frameworks)
    + (select count(*) from comply_private.access_reviews)
    + (select count(*) from comply.frameworks as f where f.defined_by <> 'comply-db')
  into v_rows;

  if v_rows > 0 then
    raise exception 'compliance still has % row(s) of evidence', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: findings are kept for as long as the database is.';
  end if;
end;
$$;

drop table comply_private.access_reviews;
drop table comply.finding_exceptions;
drop table comply.findings;
drop table comply.check_runs;
drop table comply.tenant_frameworks;
drop table comply.control_mappings;
drop table comply.checks;
drop table comply.controls;
drop table comply.frameworks;
drop type comply_private.judged;
drop type comply.sampled;
drop type comply.finding;
