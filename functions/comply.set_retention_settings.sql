-- Writes the settings, which callers cannot, so it has the owner's rights.
create or replace function comply.set_retention_settings(
  grace         interval default null,
  cold_after    interval default null,
  rewrite_share double precision default null,
  batch_rows    integer default null
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply_private.retention_settings as s
  set grace = coalesce(set_retention_settings.grace, s.grace),
      cold_after = coalesce(set_retention_settings.cold_after, s.cold_after),
      rewrite_share = coalesce(set_retention_settings.rewrite_share, s.rewrite_share),
      batch_rows = coalesce(set_retention_settings.batch_rows, s.batch_rows);
end;
$$;

comment on function comply.set_retention_settings(interval, interval, double precision, integer) is
  'Set how long a month stays out of its table before it is dropped, how long after its end it counts as cold, from '
  'which share of expired rows on it is rewritten, and how many rows one transaction deletes; null leaves a setting as '
  'it is. Idempotent.';

revoke execute on function comply.set_retention_settings(interval, interval, double precision, integer) from public;
grant  execute on function comply.set_retention_settings(interval, interval, double precision, integer)
  to comply_admin;
