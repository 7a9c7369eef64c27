-- Undoes 0028. What somebody has set since stays.

alter table comply.processing_activities no force row level security;
alter table comply.processing_recipients no force row level security;

delete from comply.processing_activities as p
where p.set_by = 'comply-db'
  and not exists (
    select
    from comply.processing_recipients as r
    where r.tenant_id = p.tenant_id
      and r.activity = p.name
  );

alter table comply.processing_activities force row level security;
alter table comply.processing_recipients force row level security;
