-- What a query asks for may be what must not be stored: a name, a number, a key. However it is written, and
-- wherever the text ends, none of it may come through. secret, 8675309 and 1e99 stand for it.
begin;
set local search_path = tap, pg_catalog;
select plan(10);

create temp table attempt as
select row_number() over () as n, t.query, t.kept
from (
  values
    ($q$select 'secret'$q$, 'select ?'),
    ($q$select 'it''s secret'$q$, 'select ?'),
    ($q$select 'a', 'secret' , 'b''secret'$q$, 'select ?'),
    ($q$select E'it\'s secret'$q$, 'select E?'),
    ($q$select E'\\', 'secret', E'\\\'secret'$q$, 'select E?, ?, E?'),
    ($q$select e'a' 'secret\'secret'$q$, 'select e? ?'),
    ($q$select 'C:\' || 'secret'$q$, 'select ?'),
    ($q$select 'a\\' || 'secret'$q$, 'select ? || ?'),
    ($q$select 'a', 'b\' secret'$q$, 'select ?, ?'),
    ($q$select '\', secret, '\', secret$q$, 'select ?'),
    ($q$select U&'\0073ecret' UESCAPE '!'$q$, 'select U&? UESCAPE ?'),
    ($q$select N'secret', B'101', X'8675309'$q$, 'select N?, B?, X?'),
    ($q$select $$secret$$$q$, 'select ?'),
    ($q$select $tag$ 'secret $$ $tag$, 'secret'$q$, 'select ?'),
    ($q$select $été$secret$été$$q$, 'select ?'),
    ($q$select $1$$secret$$$q$, 'select $1?'),
    ($q$select a$$b, 'secret'$q$, 'select a$$b, ?'),
    ($q$select 8675309, -8675309, 86.75309, .8675309, 8675309., 1e99, 1.5e-99$q$, 'select ?, -?-?'),
    ($q$select 0x8675309, 0b1, 8_675_309, 8675309and 8675309$q$, 'select ? ?'),
    ($q$select t1.c8 from t1 where c8 = 8675309$q$, 'select t1.c8 from t1 where c8 = ?'),
    ($q$select 1 -- secret$q$ || E'\n' || $q$, 'secret'$q$, E'select ?  \n, ?'),
    ($q$select 1 /* secret */ + 2$q$, 'select ?   + ?'),
    ($q$select /* a /* b */ secret */ 1$q$, 'select  '),
    ($q$select /*/ secret */ 'x' /**/ /***/ /* * / **/ y$q$, 'select   ?       y'),
    ($q$select 1 +/* secret */ 2 <-- secret$q$, 'select ? +  ? < '),
    ($q$select "a'b--c/*d" , 'secret'$q$, $q$select "a'b--c/*d" , ?$q$),
    ($q$select "a""'" , 'secret'$q$, $q$select "a""'" , ?$q$),
    ($q$select U&"d\0061" , 'secret'$q$, $q$select U&"d\0061" , ?$q$),
    ($q$select a.b.c, a."b".c, a.*, x / y - z, $1, $23 from a$q$, 'select a.b.c, a."b".c, a.*, x / y - z, $1, $23 from a'),
    ($q$insert into t values (1, 'secret'); select 'secret'$q$, 'insert into t values (?, ?); select ?'),
    ($q$select 'é', 'secret', é8, '日本'$q$, 'select ?, é8, ?'),
    (E'select \x01 \'secret\' \x02\x03\x01', 'select   ?    '),
    (E'select \'a\'\n\'secret\', \'b\'', E'select ?\n?'),
    ($q$execute find('secret', 8675309)$q$, 'execute find(?, ?)'),
    ($q$select date '1970-01-01', interval '8675309' day(3), numeric(8,6)$q$,
     'select date ?, interval ? day(?), numeric(?)')
) as t (query, kept);

select cmp_ok((select count(*) from attempt), '>', 30::bigint, 'there are ways to write it');

select is_empty(
  $$
    select a.n, a.query, comply_private.without_literals(a.query), a.kept
    from attempt as a
    where comply_private.without_literals(a.query) <> a.kept
  $$,
  'each is read as PostgreSQL reads it');

select is_empty(
  $$
    select a.n, i.length, comply_private.without_literals(left(a.query, i.length))
    from attempt as a
    cross join lateral generate_series(0, length(a.query)) as i (length)
    where comply_private.without_literals(left(a.query, i.length)) ~ 'secret|ecret|8675|\m675|e99|70'
  $$,
  'wherever the text is cut off, nothing of it is left');

select is_empty(
  $$
    select a.n, b.n, comply_private.without_literals(a.query || '; ' || b.query)
    from attempt as a
    cross join attempt as b
    where comply_private.without_literals(a.query || '; ' || b.query) ~ 'secret|8675|e99|70'
      and a.query !~ '-- secret$'
  $$,
  'nor by any two in one string');

select is_empty(
  $$
    select a.n, b.n
    from attempt as a
    cross join attempt as b
    where comply_private.without_literals(a.query || E'\n' || b.query || ' ' || a.query) ~ 'secret|8675|e99|70'
  $$,
  'nor by three');

select is(
  comply_private.without_literals(repeat($q$select 'secret', $q$, 20000)) ~ 'secret', false,
  'nor by a very long one');

select is(comply_private.without_literals(null), null, 'no query is none');
select is(comply_private.without_literals(''), '', 'and an empty one empty');

-- standard_conforming_strings changes where a string ends, after the text was read or before.
\ir ../two_tenants.psql
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

set local session authorization test_service;
select comply.enter('test-acme');
set local standard_conforming_strings = off;
set local escape_string_warning = off;
select count(*) from comply.storage_records where source_data_hash <> 'a\' or secret or \'' \g /dev/null
set local standard_conforming_strings = on;
select count(*) from comply.storage_records where source_data_hash <> 'a\' or 'secret' = '\' \g /dev/null
reset session authorization;

select is(
  (select count(*) from comply.access_log where transaction_id = pg_current_xact_id()), 2::bigint,
  'both were read, and logged');
select is_empty(
  $$ select l.query_text from comply.access_log as l where l.transaction_id = pg_current_xact_id() and l::text ~ 'secret' $$,
  'without what they asked for');

select * from finish();
rollback;
