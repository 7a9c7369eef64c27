-- Trees are kept as text with braces; one that is part of a value is escaped by a backslash. Split at braces
-- and not at letters, as a tree has a hundred thousand of these.
create or replace function comply_private.node_items(node text)
returns text[]
language sql
immutable
begin atomic
  select array_agg(substr(node_items.node, s.opened, s.closed - s.opened + 1) order by s.opened)
  from (
    select d.token, d.position as opened, lead(d.position) over (order by d.position) as closed
    from (
      select
        t.token,
        t.position::integer as position,
        sum(case t.token when '{' then 1 else -1 end) over (order by t.position) as depth
      from (
        select
          case when p.n > 1 then '}' else '{' end as token,
          sum(length(p.part) + 1) over w - length(p.part) - 1 as position,
          lag(right(p.part, 1)) over w as before
        from (
          select a.n as piece, b.n, b.part
          from string_to_table(node_items.node, '{') with ordinality as a (piece, n)
          cross join lateral unnest(coalesce(nullif(string_to_array(a.piece, '}'), '{}'), array['']))
            with ordinality as b (part, n)
        ) as p
        window w as (order by p.piece, p.n)
      ) as t
      where t.position > 0
        and t.before is distinct from '\'
    ) as d
    where (d.token = '{' and d.depth = 2)
       or (d.token = '}' and d.depth = 1)
  ) as s
  where s.token = '{';
end;

comment on function comply_private.node_items(text) is
  'Return the nodes directly inside a node, of a tree as the catalog keeps it; null: it has none.';

revoke execute on function comply_private.node_items(text) from public;
