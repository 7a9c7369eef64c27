-- Undoes 0014, but only if no read and no refusal was recorded: what was is not reverted. While a tenant is
-- verbose it fails, because policies call what it takes away: set its audit_level first.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.access_log no force row level security;
alter table comply.security_events no force row level security;

do $$
declare
  v_table text;
begin
  select t.name
  into v_table
  from (
    select 'comply.access_log' where exists (select from comply.access_log)
    union all
    select 'comply.security_events' where exists (select from comply.security_events)
  ) as t (name)
  limit 1;

  if found then
    raise exception '% still has rows', v_table
      using errcode = 'PC105',
            hint    = 'Leave this version in place: what the table holds is evidence.';
  end if;
end;
$$;

drop index comply.audit_trail_user_id_idx;
drop index comply.audit_trail_actor_idx;
drop index comply.tenant_configs_verbose_idx;

comment on column comply.tenant_configs.audit_level is
  'minimal: who, when, which row and columns; standard: what changed as well; verbose: both full images.';

alter table comply_private.context_settings drop column unwritable_reads;
drop table comply.security_events;
drop table comply.access_log;
drop sequence comply_private.security_events_seq;
drop sequence comply_private.access_log_seq;
