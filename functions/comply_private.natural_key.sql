create or replace function comply_private.natural_key(name text)
returns text
language sql
immutable
parallel safe
begin atomic
  select string_agg(
    case when m.part[1] ~ '^\d' then lpad(m.part[1], 9, '0') else m.part[1] end, '' order by m.ordinality)
  from regexp_matches(name, '\d+|\D+', 'g') with ordinality as m (part);
end;

comment on function comply_private.natural_key(text) is
  'Return what a name sorts by, so that A.5.3 comes before A.5.10.';

revoke execute on function comply_private.natural_key(text) from public;
