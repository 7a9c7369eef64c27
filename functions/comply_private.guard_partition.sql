-- A partition inherits neither row level security nor statement triggers, so it would be a way around both:
-- RLS is enabled and forced without a policy, nothing is granted, and every statement trigger of the parent
-- guards the partition as well. Waits for whoever writes to the partition. A repeat changes nothing.
create or replace function comply_private.guard_partition(partition regclass, parent regclass)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_trigger record;
begin
  execute format('alter table %s enable row level security', guard_partition.partition);
  execute format('alter table %s force row level security', guard_partition.partition);

  for v_trigger in
    select
      t.tgname,
      replace(pg_get_triggerdef(t.oid), format(' ON %s ', guard_partition.parent),
              format(' ON %s ', guard_partition.partition)) as definition,
      t.tgenabled
    from pg_trigger as t
    where t.tgrelid = guard_partition.parent
      and not t.tgisinternal
      and t.tgtype & 1 = 0
    order by t.tgname
  loop
    execute replace(v_trigger.definition, 'CREATE TRIGGER ', 'CREATE OR REPLACE TRIGGER ');
    execute format('alter table %s enable %s trigger %I', guard_partition.partition,
                   case v_trigger.tgenabled when 'A' then 'always' else '' end, v_trigger.tgname);
  end loop;
end;
$$;

comment on function comply_private.guard_partition(regclass, regclass) is
  'Give a partition, attached or not, the row level security and the statement triggers of its parent. Idempotent.';

revoke execute on function comply_private.guard_partition(regclass, regclass) from public;
