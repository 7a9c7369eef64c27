-- Runs with the caller's rights: each sample function is granted by itself.
create or replace function comply.draw_sample(check_id text, sample_size integer default 25, seed integer default 1)
returns setof comply.sampled
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function text;
begin
  select c.sample_function
  into v_function
  from comply.checks as c
  where c.check_id = draw_sample.check_id;

  if v_function is null then
    raise exception 'check % has no operations to draw', quote_nullable(draw_sample.check_id)
      using errcode = 'PC603',
            hint    = 'Pass one of comply.checks whose kind is operation.';
  end if;

  return query execute format('select s.* from comply.%I($1, $2) as s', v_function)
  using draw_sample.sample_size, draw_sample.seed;
end;
$$;

comment on function comply.draw_sample(text, integer, integer) is
  'Draw so many operations that a check of operation judges; the same seed draws the same. Raises PC603.';

revoke execute on function comply.draw_sample(text, integer, integer) from public;
grant  execute on function comply.draw_sample(text, integer, integer)
  to comply_auditor, comply_admin, comply_operator;
