begin;
set local search_path = tap, pg_catalog;
select plan(17);
\ir ../two_tenants.psql

select is_empty($$ select * from comply.suspected_personal_data() $$, 'an installation has none that is not labelled');

create function pg_temp.found(value text)
returns text[]
language plpgsql
as $$
declare
  v_kinds text[];
begin
  update comply.tenant_configs as c set display_name = value where c.tenant_id = 'test-acme';
  select coalesce(array_agg(s.kind order by s.kind), '{}')
  into v_kinds
  from comply.suspected_personal_data(1000) as s
  where s.table_name = 'tenant_configs' and s.column_name = 'display_name';
  return v_kinds;
end;
$$;

select is(pg_temp.found('Ask ana.lyst+1@mail.example.com, please'), '{e-mail}', 'an address');
select is(pg_temp.found('4111 1111 1111 1111'), '{payment card}', 'a card');
select is(pg_temp.found('4111 1111 1111 1112'), '{}', 'but no number with wrong check digits');
select is(pg_temp.found('DE89370400440532013000'), '{bank account}', 'a bank account');
select is(pg_temp.found('to DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX'), '{bank account}', 'also as banks print it');
select is(
  (select s.matched <= s.sampled and s.confidence <= 1
   from comply.suspected_personal_data(1000) as s
   where s.column_name = 'display_name'),
  true, 'which is once');
select is(pg_temp.found('DE89370400440532013001'), '{}', 'but none with wrong check digits');
select is(pg_temp.found('123-45-6789'), '{social security number}', 'a social security number');
select is(pg_temp.found('+49 30 1234 5678'), '{telephone}', 'a telephone number');
select is(pg_temp.found('from 10.1.2.3 on'), '{ip address}', 'an address on the net');
select is(pg_temp.found('version 15.20.1, 0190abcd-1234-7000-8000-123412341234, ' || repeat('4', 64)), '{}',
  'but no version, identifier or hash');

-- A secret of nobody's: it must not be in what the function says.
select is(pg_temp.found('ana@example.com'), '{e-mail}', 'found,');
select is_empty(
  $$ select from comply.suspected_personal_data(1000) as s where s::text ~ 'ana|example' $$,
  'but never shown');

select results_eq(
  'select * from comply.suspected_personal_data(5, 7)', 'select * from comply.suspected_personal_data(5, 7)',
  'the same seed draws the same');
set local role comply_owner;
create domain comply.test_line as text;
create table comply.test_people (
  tenant_id text not null, padded char(40), line comply.test_line, document json, lines varchar(40)[], met_at inet, n integer);
select comply_private.label_internal('{test_people}')
\g /dev/null
insert into comply.test_people
values ('test-acme', 'ana@example.com', 'ana@example.com', '["ana@example.com"]', '{ana@example.com}', '10.1.2.3', 1);
reset role;
select set_eq(
  $$ select s.column_name, s.kind from comply.suspected_personal_data(1000) as s where s.table_name = 'test_people' $$,
  $$
    values
      ('padded', 'e-mail'), ('line', 'e-mail'), ('document', 'e-mail'), ('lines', 'e-mail'), ('met_at', 'ip address')
  $$,
  'in whatever type has text');
select throws_ok($$ select * from comply.suspected_personal_data(0) $$, 'PC618', null, 'and a sample of none is none');

select * from finish();
rollback;
