create or replace function comply_private.check_span(covers_from timestamptz, covers_until timestamptz)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
begin
  if not coalesce(
    check_span.covers_from < check_span.covers_until
    and check_span.covers_until <= date_trunc('month', check_span.covers_from) + interval '1 month',
    false)
  then
    raise exception 'times % to % are not inside a month',
      coalesce(check_span.covers_from::text, 'null'), coalesce(check_span.covers_until::text, 'null')
      using errcode = 'PC312',
            hint    = 'Pass times of one month, UTC, the first before the last; the last is left out.';
  end if;
end;
$$;

comment on function comply_private.check_span(timestamptz, timestamptz) is
  'Refuse a span that is empty, or not inside a month. Raises PC312.';

revoke execute on function comply_private.check_span(timestamptz, timestamptz) from public;
