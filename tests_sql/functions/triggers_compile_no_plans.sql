-- What a trigger reads of its statement is planned once a session, for as many rows as there were then. Above
-- jit_above_cost that plan is compiled at each use: after one large statement every small one took ten times as long.
begin;
set local search_path = tap, pg_catalog;
select plan(2);

create temp view reads_its_statement as
select distinct p.oid::regprocedure::text as function, p.proconfig
from pg_trigger as t
join pg_proc as p on p.oid = t.tgfoid
where p.pronamespace = 'comply_private'::regnamespace
  and coalesce(t.tgoldtable, t.tgnewtable) is not null;

select isnt_empty($$ select function from reads_its_statement $$, 'there are triggers that read their statement''s rows');

select is_empty(
  $$
    select r.function
    from reads_its_statement as r
    where not coalesce('jit=off' = any (r.proconfig), false)
  $$,
  'and none of them compiles what it has planned');

select * from finish();
rollback;
