-- Row level security forbids COPY into the tables of tenants, so lines are staged in tables of the session.
-- These are the caller's own, and comply.load_lines() has the caller's rights: nothing with more ever reads
-- them.
create or replace function comply.open_load()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  create temporary table if not exists staged_lines (
    line_no bigint not null,
    line    bytea  not null,
    problem text,
    detail  text
  )
  on commit delete rows;

  create temporary table if not exists parsed_lines (
    line_no          bigint  not null,
    is_good          boolean not null,
    problem          text,
    detail           text,
    source_data_hash text,
    labels           jsonb,
    colons           integer,
    confidence       double precision,
    "timestamp"      timestamptz,
    metadata         jsonb,
    correlation_id   uuid,
    blob_path        text,
    azure_region     text,
    subject_id       text
  )
  on commit delete rows;

  create temporary table if not exists parsed_labels (
    labels      jsonb   not null,
    colons      integer not null,
    is_suspect  boolean not null,
    problem     text,
    detail      text,
    mapped_data jsonb   not null,
    confidence  double precision
  )
  on commit delete rows;
end;
$$;

comment on function comply.open_load() is
  'Make the session''s staging tables for comply.load_lines(). Idempotent.';

revoke execute on function comply.open_load() from public;
grant  execute on function comply.open_load() to comply_app, comply_admin;
