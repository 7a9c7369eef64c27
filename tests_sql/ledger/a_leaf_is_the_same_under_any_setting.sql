-- What a row hashes to follows from the row alone. Each of these changes how PostgreSQL writes values.
begin;
set local search_path = tap, pg_catalog;
select plan(16);

create temp table sample as
select r as sealed
from jsonb_populate_record(null::comply.audit_trail, $json$
  {
    "tenant_id": "acme",
    "id": "00000000-0000-7000-8000-000000000001",
    "timestamp": "2024-02-29 23:59:59.999999+00",
    "table_name": "storage_records",
    "record_id": "00000000-0000-7000-8000-000000000002",
    "operation": "UPDATE",
    "user_id": "Zoë Ångström",
    "active_role": "",
    "actor": "🦉 \\ \" '",
    "old_values": {"n": 1.10, "x": null, "f": 1e-7, "t": "2024-02-29T00:00:00+14:00"},
    "new_values": {"n": 1.1, "list": [1, "2", {"deep": true}], "euro": "€"},
    "ip_address": "192.0.2.7/24",
    "transaction_id": "18446744073709551614",
    "salt": "00000000-0000-4000-8000-000000000003"
  }
$json$) as r;

create function pg_temp.leaf_under(name text, setting text)
returns bytea
language plpgsql
as $$
declare
  v_was  text := current_setting(leaf_under.name);
  v_leaf bytea;
begin
  perform set_config(leaf_under.name, leaf_under.setting, true);

  -- Dynamic, so that no plan is kept from one setting to the next.
  execute 'select comply_private.audit_trail_leaf(s.sealed) from pg_temp.sample as s'
  into v_leaf;

  perform set_config(leaf_under.name, v_was, true);
  return v_leaf;
end;
$$;

create temp table was as
select comply_private.audit_trail_leaf(s.sealed) as leaf
from sample as s;

select is((select octet_length(leaf) from was), 32, 'a row has a leaf');

select is(
  pg_temp.leaf_under(c.name, c.setting), w.leaf, format('it is the same where %s is %s', c.name, c.setting))
from was as w
cross join (
  values
    ('TimeZone', 'Pacific/Kiritimati'),
    ('TimeZone', 'America/St_Johns'),
    ('DateStyle', 'German, DMY'),
    ('DateStyle', 'SQL, MDY'),
    ('IntervalStyle', 'sql_standard'),
    ('extra_float_digits', '-15'),
    ('extra_float_digits', '3'),
    ('bytea_output', 'escape'),
    ('client_encoding', 'LATIN1'),
    ('client_encoding', 'SQL_ASCII'),
    ('lc_monetary', 'C'),
    ('xmlbinary', 'hex'),
    ('standard_conforming_strings', 'off'),
    ('search_path', 'pg_temp, tap, pg_catalog')
) as c (name, setting);

select isnt(
  comply_private.audit_trail_leaf(jsonb_populate_record(s.sealed, '{"old_values": {"n": 1.1}}')), w.leaf,
  'another row has another')
from sample as s
cross join was as w;

select * from finish();
rollback;
