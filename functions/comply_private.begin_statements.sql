-- Resumes where an earlier run stopped, if what it did is still what the file says. While the file is under
-- way, objects holds the names of what was there before.
create or replace function comply_private.begin_statements(
  path               text,
  checksum           bytea,
  hashes             bytea[],
  out statements_done integer,
  out in_flight      text,
  out before         text[]
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_state comply_private.schema_migrations;
begin
  select m.*
  into v_state
  from comply_private.schema_migrations as m
  where m.path = begin_statements.path
  for update;

  if v_state.status in ('running', 'partial')
     and v_state.done_hashes <> begin_statements.hashes[1:v_state.statements_done]
  then
    raise exception '% is not the file of which % statement(s) are done',
      begin_statements.path, v_state.statements_done
      using errcode = 'PC502',
            hint    = 'Put back the statements that are done as they were; those after them may change.';
  end if;

  insert into comply_private.schema_migrations as m (
    path, kind, version, checksum, status, statements_total, statements_done, done_hashes, objects
  )
  values (
    begin_statements.path,
    split_part(begin_statements.path, '/', 1),
    substring(begin_statements.path from '^schema/(\d+)__')::integer,
    begin_statements.checksum,
    'running',
    cardinality(begin_statements.hashes),
    0,
    '{}',
    (select jsonb_object_agg(n.name, null) from unnest(comply_private.object_names()) as n (name))
  )
  on conflict on constraint schema_migrations_pkey do update
  set checksum = excluded.checksum,
      status = 'running',
      statements_total = excluded.statements_total;

  select
    m.statements_done,
    m.in_flight,
    (select array_agg(k.name) from jsonb_object_keys(m.objects) as k (name))
  into begin_statements.statements_done, begin_statements.in_flight, begin_statements.before
  from comply_private.schema_migrations as m
  where m.path = begin_statements.path;
end;
$$;

comment on function comply_private.begin_statements(text, bytea, bytea[]) is
  'Begin or resume a file without a transaction; return how many statements are done, and which may be. '
  'Raises PC502.';

revoke execute on function comply_private.begin_statements(text, bytea, bytea[]) from public;
