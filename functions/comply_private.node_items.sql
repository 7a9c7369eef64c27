-- Trees are kept as text with braces; one that is part of a value is escaped by a backslash.
create or replace function comply_private.node_items(node text)
returns text[]
language sql
immutable
begin atomic
  select array_agg(substr(node_items.node, s.opened::integer, (s.closed - s.opened + 1)::integer) order by s.opened)
  from (
    select
      d.n as opened,
      lead(d.n) over (order by d.n) as closed,
      d.token
    from (
      select
        c.n,
        c.token,
        sum(case c.token when '{' then 1 else -1 end) over (order by c.n) as depth
      from (
        select t.token, t.n, lag(t.token) over (order by t.n) as before
        from string_to_table(node_items.node, null) with ordinality as t (token, n)
      ) as c
      where c.token in ('{', '}')
        and c.before is distinct from '\'
    ) as d
    where (d.token = '{' and d.depth = 2)
       or (d.token = '}' and d.depth = 1)
  ) as s
  where s.token = '{';
end;

comment on function comply_private.node_items(text) is
  'Return the nodes directly inside a node, of a tree as the catalog keeps it; null: it has none.';

revoke execute on function comply_private.node_items(text) from public;
