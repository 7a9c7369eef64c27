-- One pass that hashes rows where they are read, one sort of the hashes; chunks, because a bytea ends at 1 GB.
-- The hash comes last in the order, for tables in which timestamp and id may be there twice. A table whose row
-- level security would hide rows from the owner is refused: it would count as empty, and so as archived.
create or replace function comply_private.content_of(
  relation     regclass,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz,
  columns      text[] default null
)
returns table (row_count bigint, content_hash bytea, first_key jsonb, last_key jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
begin
  if row_security_active(content_of.relation) and not exists (
    select
    from pg_policy as p
    where p.polrelid = content_of.relation
      and p.polpermissive
      and current_user::regrole = any (p.polroles)
  ) then
    raise exception '% hides its rows from its owner', content_of.relation
      using errcode = 'PC310',
            hint    = 'Pass the table that it is a partition of; of one that was detached, lift FORCE for as long.';
  end if;

  return query execute format(
    $q$
      select
        coalesce(sum(c.row_count)::bigint, 0),
        sha256(coalesce(string_agg(c.digest, '' order by c.chunk_no), '')),
        (array_agg(c.first_key) filter (where c.first_key is not null))[1],
        (array_agg(c.last_key) filter (where c.last_key is not null))[1]
      from (
        select
          n.position / 65536 as chunk_no,
          count(*) as row_count,
          sha256(string_agg(n.hash, '' order by n.position)) as digest,
          (array_agg(n.key) filter (where n.position = 0))[1] as first_key,
          (array_agg(n.key) filter (where n.is_last))[1] as last_key
        from (
          select
            r.hash,
            row_number() over w - 1 as position,
            lead(true) over w is null as is_last,
            case when row_number() over w = 1 or lead(true) over w is null then
              jsonb_build_object('timestamp', r."timestamp", 'id', r.id)
            end as key
          from (
            select t."timestamp", t.id, sha256(convert_to(%2$s, 'UTF8')) as hash
            from %1$s as t
            where t.tenant_id = $1
              and t."timestamp" >= $2
              and t."timestamp" < $3
          ) as r
          window w as (order by r."timestamp", r.id, r.hash)
        ) as n
        group by n.position / 65536
      ) as c
    $q$,
    content_of.relation,
    comply_private.canonical_row(
      't', coalesce(content_of.columns, comply_private.archived_columns(content_of.relation))))
  using content_of.tenant_id, content_of.covers_from, content_of.covers_until;
end;
$$;

comment on function comply_private.content_of(regclass, text, timestamptz, timestamptz, text[]) is
  'Return how many rows of a tenant and a span a table has, a hash over these columns of them, and the first and '
  'the last key. columns: null means all that archives have. Raises PC310.';

revoke execute on function comply_private.content_of(regclass, text, timestamptz, timestamptz, text[]) from public;
