-- An envelope that does not open stays as it is: its key is not open in this transaction, or is gone for ever. What is
-- opened stands as text in place of the envelope.
create or replace function comply_private.opened_row(
  table_name text,
  content    jsonb,
  out opened        jsonb,
  out fields_opened integer,
  out fields_sealed integer)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set bytea_output = hex
as $$
declare
  v_column text;
begin
  opened := opened_row.content;
  fields_opened := 0;
  fields_sealed := 0;

  for v_column in
    select c.column_name
    from comply.encrypted_columns as c
    where c.table_name = opened_row.table_name
      and opened_row.content ->> c.column_name is not null
  loop
    begin
      opened := opened || jsonb_build_object(v_column, comply.open_field(
        (opened_row.content ->> v_column)::bytea, opened_row.table_name, v_column,
        (opened_row.content ->> 'id')::uuid));
      fields_opened := fields_opened + 1;
    exception
      when sqlstate 'PC320' or sqlstate 'PC324' then
        fields_sealed := fields_sealed + 1;
    end;
  end loop;
end;
$$;

comment on function comply_private.opened_row(text, jsonb) is
  'Return a row with those of its envelopes opened whose keys are open in this transaction, and how many are and are not.';

revoke execute on function comply_private.opened_row(text, jsonb) from public;
