-- The oldest minor release of each branch without a known hole that reaches what this package relies on.
-- Sources: the PostgreSQL security page. CVE-2026-120154 and CVE-2026-16237 (ON CONFLICT past row level
-- security), CVE-2026-6473, CVE-2026-2005 (pgcrypto), CVE-2025-8713 (statistics).
create or replace function comply_private.security_floor(version_num integer)
returns integer
language sql
immutable
parallel safe
return case version_num / 10000
  when 15 then 150020
  when 16 then 160016
  when 17 then 170012
  when 18 then 180007
end;

comment on function comply_private.security_floor(integer) is
  'Return the server_version_num that a branch should be at, or null for a branch that is not supported.';

revoke execute on function comply_private.security_floor(integer) from public;
