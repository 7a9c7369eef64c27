-- A superuser alone reads the rules, unless it grants that: grant execute on function pg_hba_file_rules() to
-- comply_owner. Where it did not, there is one row without a method.
create or replace function comply_private.client_rules()
returns table (rule text, is_network boolean, method text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not has_function_privilege('pg_hba_file_rules()', 'execute') then
    return query
    values ('pg_hba.conf', null::boolean, null::text);
    return;
  end if;

  return query
  select format('pg_hba.conf line %s', r.line_number), r.type <> 'local', r.auth_method
  from pg_hba_file_rules() as r
  where r.type is not null;
end;
$$;

comment on function comply_private.client_rules() is
  'Return the rules by which clients are authenticated, or one without a method where they are not to be read.';

revoke execute on function comply_private.client_rules() from public;
