-- Reads every tenant's rows and trail, which callers cannot, so it has the owner's rights; it shows counts and
-- keys. A table is compared as a whole while neither it nor the trail has more than 64 MB, 16 times the limit: each is
-- read for the other, and either may be small beside it. Beyond, of each table so many pages, drawn anew each time,
-- whose rows cost a probe of the trail for each of its months; what vanished is then for comply.verify_records() to
-- find, as there is no row to draw. docs/compliance.md has what both take.
create or replace function comply.check_records_match_trail()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit  comply.check_limits := comply_private.check_limit('records_match_trail');
  v_bytes  bigint := comply_private.table_bytes('audit_trail');
  v_most   bigint := 16 * v_limit.amount * current_setting('block_size')::bigint;
  v_is_all boolean;
  v_table  text;
  v_found  record;
  v_any    boolean := false;
begin
  for v_table in
    select c.relname::text
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = 'comply'::regnamespace
      and not c.relispartition
      and t.tgname = '_530_audit_truncate'
    order by c.relname
  loop
    continue when v_bytes = 0 and comply_private.table_bytes(v_table) = 0;

    v_is_all := greatest(v_bytes, comply_private.table_bytes(v_table)) <= v_most;

    for v_found in
      select d.tenant, d.rows_compared, d.problems, d.record_ids
      from comply_private.record_damage(v_table, case when not v_is_all then v_limit.amount::integer end) as d
      where d.rows_compared > 0
         or d.tenant is not null
      order by d.tenant nulls first
    loop
      v_any := true;

      return next comply_private.finding(
        'records_match_trail',
        case when v_found.tenant is null then 'pass' else 'fail' end,
        v_table,
        case when v_is_all then 'each row is as the trail last saw it, and each that it saw is there'
             else 'each row of a random part is as the trail last saw it' end,
        jsonb_strip_nulls(jsonb_build_object(
          'rows_compared', v_found.rows_compared,
          'problems', v_found.problems,
          'records', v_found.record_ids)),
        v_found.tenant);
    end loop;
  end loop;

  if not v_any then
    return next comply_private.finding(
      'records_match_trail', 'na', 'tables', 'each row is as the trail last saw it', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_records_match_trail() is
  'Return of each audited table whether its rows are as the trail has them, and each tenant where they are '
  'not. Costs seconds: of a trail above 64 MB, it compares a random part of each table.';

revoke execute on function comply.check_records_match_trail() from public;
grant  execute on function comply.check_records_match_trail() to comply_auditor, comply_admin, comply_operator;
