-- Beside ../ingest/tables.sql: a bare table whose writes pgaudit logs, and the right to change what was inserted.

create table bench.logged (like bench.bare including defaults including indexes);

do $$
begin
  if to_regrole('bench_logged') is null then
    create role bench_logged login;
  end if;
end;
$$;

-- The defaults of its columns call functions that services may execute.
grant comply_app to bench_logged;
grant usage on schema bench to bench_logged;
grant select, insert, update, delete on bench.logged to bench_logged;
grant select, update, delete on bench.bare, bench.triggered to bench_service;
