-- A month that was detached shows its rows to nobody, not even to the owner: taken for empty, it would be archived as
-- nothing, and destroyed.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

create function pg_temp.content(relation text)
returns text
language sql
as $$
  select format('%s %s', c.row_count, encode(c.content_hash, 'hex'))
  from comply_private.content_of(
    relation::regclass, 'test-acme', date_trunc('month', now()), date_trunc('month', now()) + interval '1 month') as c
$$;

select 'comply.storage_records_' || to_char(now() at time zone 'UTC', 'YYYY_MM') as child \gset
set local role comply_owner;
create temp table before as select pg_temp.content('comply.storage_records') as content;

select matches((select content from before), '^1 ', 'the owner hashes rows by their table');
select throws_ok(format('select pg_temp.content(%L)', :'child'), 'PC310', null, 'not by a partition');

alter table comply.storage_records detach partition :child;
select is(
  pg_temp.content('comply.storage_records'), '0 ' || encode(sha256(''), 'hex'), 'without it the table is empty');
select throws_ok(
  format('select pg_temp.content(%L)', :'child'), 'PC310', null, 'a month that was detached is not empty');

alter table :child no force row level security;
select is(pg_temp.content(:'child'), (select content from before), 'without force it has what the table had');

select * from finish();
rollback;
