create or replace function comply_private.sum_of_counts(counts jsonb, more jsonb)
returns jsonb
language sql
immutable
parallel safe
begin atomic
  select coalesce(jsonb_object_agg(s.key, s.total), '{}')
  from (
    select n.key, sum(n.value::bigint) as total
    from (
      select c.key, c.value
      from jsonb_each_text(sum_of_counts.counts) as c
      union all
      select m.key, m.value
      from jsonb_each_text(sum_of_counts.more) as m
    ) as n
    group by n.key
  ) as s;
end;

comment on function comply_private.sum_of_counts(jsonb, jsonb) is 'Return two objects of counts as one.';

revoke execute on function comply_private.sum_of_counts(jsonb, jsonb) from public;
