-- Made as a table of its own, guarded, then attached: ATTACH takes a weaker lock on the parent than
-- PARTITION OF does, and no moment exists in which the partition is open. One maker at a time, by the lock that
-- ATTACH takes anyway: an advisory lock could be held by any login, for ever. A second maker finds the month
-- there. Months are UTC, whatever the session's time zone. A month that retention took out of its table is not made
-- again: it may come back.
create or replace function comply_private.make_partition(parent regclass, month timestamptz)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_from timestamptz := date_trunc('month', make_partition.month);
  v_name text;
  v_leaf regclass;
begin
  select format('%I.%I', n.nspname, c.relname || to_char(v_from, '_YYYY_MM'))
  into v_name
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.oid = make_partition.parent;

  if to_regclass(v_name) is not null or to_regclass(replace(v_name, 'comply.', 'comply_private.')) is not null then
    return null;
  end if;

  execute format('lock table only %s in share update exclusive mode', make_partition.parent);

  if to_regclass(v_name) is not null then
    return null;
  end if;

  execute format('create table %s (like %s including all)', v_name, make_partition.parent);
  v_leaf := v_name::regclass;
  perform comply_private.guard_partition(v_leaf, make_partition.parent);
  execute format('comment on table %s is %L', v_leaf,
                 format('%s of %s, UTC.', make_partition.parent, to_char(v_from, 'YYYY-MM')));
  execute format('alter table %s attach partition %s for values from (%L) to (%L)',
                 make_partition.parent, v_leaf, v_from, v_from + interval '1 month');
  return v_name;
end;
$$;

comment on function comply_private.make_partition(regclass, timestamptz) is
  'Make the partition for the month of a time; return its name, or null if it was there. Idempotent.';

revoke execute on function comply_private.make_partition(regclass, timestamptz) from public;
