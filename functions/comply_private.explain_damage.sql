-- A hash says that a row is not what was sealed, not what it was. So each lost leaf is looked for: by its id among
-- all rows, and where that is gone among the rows that nobody sealed; and small changes are undone on trial, to
-- see which gives the sealed hash. Reads the whole stream, for which reason it runs only where there is damage.
create or replace function comply_private.explain_damage(
  stream  text,
  tenants text[],
  blocks  bigint[],
  leaves  bytea[])
returns table (problem text, tenant text, block_no bigint, row_id uuid, detail text, tenant_now text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      with unmatched as materialized (
        select
          u.tenant_id,
          u.block_no,
          encode(substring(u.leaf from 1 for 16), 'hex')::uuid as id,
          substring(u.leaf from 17) as hash
        from unnest($2, $3, $4) as u (tenant_id, block_no, leaf)
      ),
      -- The root has the hashes only. A row whose hash is there is whole; the index calls it something else.
      misnamed as materialized (
        select u.tenant_id, u.block_no, u.hash
        from unmatched as u
        join unmatched as n on n.tenant_id = u.tenant_id and n.hash = u.hash
        where u.block_no is not null
          and n.block_no is null
      ),
      lost as (
        select u.*, count(*) over (partition by u.tenant_id) <= 64 as is_few
        from unmatched as u
        where u.block_no is not null
          and (u.tenant_id, u.hash) not in (
            select m.tenant_id, m.hash
            from misnamed as m
          )
      ),
      found as materialized (
        select l.*, a as now, a.tenant_id as tenant_now, a.transaction_id, a."timestamp"
        from lost as l
        join comply.%1$I as a on a.id = l.id
      ),
      extra as materialized (
        select a as now, a.tenant_id, a.id, a.transaction_id
        from unmatched as u
        join comply.%1$I as a
          on a.id = u.id
          and a.tenant_id = u.tenant_id
        where u.block_no is null
          and comply_private.%2$I(a) = u.hash
          and (u.tenant_id, u.hash) not in (
            select m.tenant_id, m.hash
            from misnamed as m
          )
          and not exists (
            select
            from lost as l
            where l.id = a.id
          )
          -- Where the index itself is damaged it can accuse nobody.
          and not exists (
            select
            from comply_private.damaged_indexes($1, u.tenant_id) as d
            join comply.ledger_blocks as b
              on b.tenant_id = d.tenant and b.stream = $1 and b.block_no = d.block_no
            where not d.is_index_whole
              and (a.transaction_id, a.id) >= (b.first_transaction_id, b.first_id)
              and (a.transaction_id, a.id) <= (b.last_transaction_id, b.last_id)
              and a."timestamp" >= b.period
              and a."timestamp" < b.period + interval '1 month'
          )
      ),
      swapped as (
        select distinct f.tenant_id, f.block_no, f.id, g.id as other_id
        from found as f
        join found as g on g.tenant_id = f.tenant_id and g.id <> f.id
        cross join lateral (
          values
            (f.hash, jsonb_build_object('transaction_id', g.transaction_id::text)),
            (f.hash, jsonb_build_object('timestamp', g."timestamp")),
            (f.hash, jsonb_build_object('transaction_id', g.transaction_id::text, 'timestamp', g."timestamp")),
            (g.hash, jsonb_build_object('id', g.id)),
            (g.hash, jsonb_build_object('id', g.id, 'transaction_id', g.transaction_id::text)),
            (g.hash, jsonb_build_object('id', g.id, 'timestamp', g."timestamp")),
            (g.hash, jsonb_build_object(
              'id', g.id, 'transaction_id', g.transaction_id::text, 'timestamp', g."timestamp"))
        ) as t (hash, change)
        where f.is_few
          and f.tenant_now = f.tenant_id
          and comply_private.%2$I(jsonb_populate_record(f.now, t.change)) = t.hash
      ),
      renamed as (
        select l.tenant_id, l.block_no, l.id, e.id as id_now
        from lost as l
        join extra as e on e.tenant_id = l.tenant_id
        where l.is_few
          and not exists (
            select
            from found as f
            where f.id = l.id
          )
          and comply_private.%2$I(jsonb_populate_record(e.now, jsonb_build_object('id', l.id))) = l.hash
      ),
      judged as (
        select distinct on (l.tenant_id, l.block_no, l.id)
          case
            when r.id_now is not null then 'row_edited'
            when f.id is null then 'row_deleted'
            when f.tenant_now <> l.tenant_id then 'row_moved_tenant'
            when w.other_id is not null then 'row_reordered'
            else 'row_edited'
          end as problem,
          l.tenant_id,
          l.block_no,
          l.id,
          case
            when r.id_now is not null then format('its id is now %%s', r.id_now)
            when f.id is null then null
            when f.tenant_now <> l.tenant_id then format('it is now tenant %%s''s', f.tenant_now)
            when w.other_id is not null then format('it changed places with %%s', w.other_id)
          end as detail,
          f.tenant_now
        from lost as l
        left join found as f on f.tenant_id = l.tenant_id and f.block_no = l.block_no and f.id = l.id
        left join renamed as r on r.tenant_id = l.tenant_id and r.block_no = l.block_no and r.id = l.id
        left join swapped as w on w.tenant_id = l.tenant_id and w.block_no = l.block_no and w.id = l.id
        order by l.tenant_id, l.block_no, l.id, f.tenant_now = l.tenant_id desc
      ),
      counted as (
        select
          j.*,
          count(*) filter (where j.problem = 'row_deleted') over (partition by j.tenant_id, j.block_no) as gone
        from judged as j
      )
      select c.problem, c.tenant_id, c.block_no, c.id, c.detail, c.tenant_now
      from counted as c
      join comply.ledger_blocks as b on b.tenant_id = c.tenant_id and b.stream = $1 and b.block_no = c.block_no
      where c.gone < b.leaf_count
         or b.leaf_count = 1
      union all
      select
        'row_deleted', c.tenant_id, c.block_no, null, format('all %%s rows of the block are gone', max(c.gone)), null
      from counted as c
      join comply.ledger_blocks as b on b.tenant_id = c.tenant_id and b.stream = $1 and b.block_no = c.block_no
      where c.gone = b.leaf_count
        and b.leaf_count > 1
      group by c.tenant_id, c.block_no
      union all
      select 'leaf_index_damaged', m.tenant_id, m.block_no, null, format('it names %%s row(s) wrongly', count(*)), null
      from misnamed as m
      group by m.tenant_id, m.block_no
      union all
      select 'row_inserted', e.tenant_id, null, e.id,
        format('transaction %%s was sealed without it', e.transaction_id), null
      from extra as e
      where not exists (
        select
        from renamed as r
        where r.tenant_id = e.tenant_id
          and r.id_now = e.id
      )
    $q$,
    explain_damage.stream, explain_damage.stream || '_leaf')
  using explain_damage.stream, explain_damage.tenants, explain_damage.blocks, explain_damage.leaves;
end;
$$;

comment on function comply_private.explain_damage(text, text[], bigint[], bytea[]) is
  'Return what became of the rows of unmatched leaves, and which rows nobody sealed.';

revoke execute on function comply_private.explain_damage(text, text[], bigint[], bytea[]) from public;
