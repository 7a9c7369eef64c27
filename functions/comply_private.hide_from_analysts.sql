-- A right to the whole table is replaced by one to the columns that are left. What PUBLIC or another role has
-- given is not ours to take, so it ends in an error.
create or replace function comply_private.hide_from_analysts(table_name text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_table  regclass := format('comply.%I', hide_from_analysts.table_name)::regclass;
  v_hidden text[];
  v_shown  text[];
  v_left   text;
begin
  select
    array_agg(quote_ident(a.attname)) filter (where l.classification in ('confidential', 'restricted')),
    array_agg(quote_ident(a.attname)) filter (where l.classification in ('public', 'internal') or l.classification is null)
  into v_hidden, v_shown
  from pg_attribute as a
  left join comply.column_labels as l on l.table_name = hide_from_analysts.table_name and l.column_name = a.attname
  where a.attrelid = v_table
    and a.attnum > 0
    and not a.attisdropped;

  if v_hidden is null or not has_any_column_privilege('comply_analyst', v_table, 'select') then
    return;
  end if;

  if has_table_privilege('comply_analyst', v_table, 'select') then
    execute format('revoke select on %s from comply_analyst', v_table);

    if v_shown is not null then
      execute format('grant select (%s) on %s to comply_analyst', array_to_string(v_shown, ', '), v_table);
    end if;
  else
    execute format('revoke select (%s) on %s from comply_analyst', array_to_string(v_hidden, ', '), v_table);
  end if;

  select c.name
  into v_left
  from unnest(v_hidden) as c (name)
  where has_column_privilege('comply_analyst', v_table, c.name, 'select')
  limit 1;

  if found then
    raise exception 'analysts still read %.%', v_table, v_left
      using errcode = 'PC612',
            hint    = 'PUBLIC, or a role that comply_analyst is in, has it: take that away, then classify again.';
  end if;
end;
$$;

comment on function comply_private.hide_from_analysts(text) is
  'Take from comply_analyst the right to each column of a table that is confidential or restricted. Raises '
  'PC612.';

revoke execute on function comply_private.hide_from_analysts(text) from public;
