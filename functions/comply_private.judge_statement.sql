-- For files without a transaction. A concurrent build that failed or was cut off leaves an index that is
-- there and not valid: IF NOT EXISTS takes it for done, so it goes first. Verdicts: run, done, and verify
-- where only the verify file can tell whether a statement in flight has run.
create or replace function comply_private.judge_statement(
  statement     text,
  is_in_flight  boolean,
  out verdict   text,
  out cleanup   text
)
returns record
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c_name  constant text := '(?:"(?:[^"]|"")+"|[[:alpha:]_][\w$]*)';
  v_index regclass;
  v_names text[];
  v_text  text := regexp_replace(regexp_replace(statement, '--[^\n]*', ' ', 'g'), '/\*.*?\*/', ' ', 'g');
  v_valid boolean;
begin
  v_names := regexp_match(
    v_text,
    format(
      '^\s*create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(%1$s)\s+on\s+(?:only\s+)?'
      '(%1$s(?:\s*\.\s*%1$s)?)', c_name),
    'i');

  if v_names is not null then
    select to_regclass(format('%s.%s', c.relnamespace::regnamespace, v_names[1]))
    into v_index
    from pg_class as c
    where c.oid = to_regclass(v_names[2]);

    select i.indisvalid
    into v_valid
    from pg_index as i
    where i.indexrelid = v_index;

    verdict := case when v_valid and is_in_flight then 'done' else 'run' end;

    if not v_valid then
      cleanup := format('drop index concurrently if exists %s', v_index);
    end if;
  elsif is_in_flight and v_text !~* '\mif\s+(not\s+)?exists\M' then
    verdict := 'verify';
  else
    verdict := 'run';
  end if;
end;
$$;

comment on function comply_private.judge_statement(text, boolean) is
  'Return what to do with a statement of a file without a transaction, and what to run before it.';

revoke execute on function comply_private.judge_statement(text, boolean) from public;
