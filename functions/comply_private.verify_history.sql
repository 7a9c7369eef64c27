-- A removed tail breaks no link, so the present is held against the past as well.
create or replace function comply_private.verify_history()
returns table (seq bigint, path text, problem text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select s.seq, s.path, s.problem
  from (
    select
      e.seq,
      e.path,
      case
        when e.row_hash <> comply_private.event_hash(e) then 'the row was changed'
        when e.prev_hash is distinct from lag(e.row_hash) over (order by e.seq) then 'a row before is missing'
      end as problem
    from comply_private.schema_migration_events as e
  ) as s
  where s.problem is not null
  union all
  select m.last_seq, m.path, 'its state does not come from the event that it names'
  from comply_private.schema_migrations as m
  where m.status = 'applied'
    and not exists (
      select
      from comply_private.schema_migration_events as e
      where e.seq = m.last_seq
        and e.path = m.path
        and e.checksum = m.checksum
        and e.event in ('apply', 'baseline', 'accept', 'revert')
    )
  order by 1;
end;
$$;

comment on function comply_private.verify_history() is
  'Return each event that was changed or follows a gap, and each file whose state no event explains.';

revoke execute on function comply_private.verify_history() from public;
