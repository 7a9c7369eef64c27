#!/usr/bin/env python3
"""What does it cost to seal a field, to open it, and to have the keys for that?

Each measure is a loop in PL/pgSQL, without round trips; variants take turns, figures are medians over rounds.
What pgcrypto takes by itself stands beside it. open_keys() is once a transaction, however many fields follow.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from comply_db import envelope

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS = 3 if harness.QUICK else 15
CALLS = 2_000 if harness.QUICK else 20_000
SETTINGS = ("server_version", "shared_buffers", "jit")
KEY, KEY_ID, INDEX_ID, ROW = bytes(range(32)), UUID(int=1), UUID(int=2), UUID(int=3)
OF = "'storage_records', 'confidential'"
WHERE = f"{OF}, '{ROW}'"
SHORT, LONG = "x" * 64, "x" * 1024
MANY = 100
# What is called, how often, and what it is; of many, the figure is that of each.
MEASURES = {
    "encrypt_iv": ("s.{}.encrypt_iv(%(short)s, %(key)s, %(iv)s, 'aes-cbc/pad:pkcs')", 1, "AES alone, no tag"),
    "hmac": ("s.{}.hmac(%(short)s, %(key)s, 'sha256')", 1, "HMAC-SHA256 alone"),
    "pgp_sym": ("s.{}.pgp_sym_encrypt('{short}', 'a password')", 50, "pgp_sym_encrypt as it comes"),
    "seal": ("comply.seal_field('{short}', {where})", 1, "seal_field, 64 characters"),
    "seal padded": ("comply.seal_field('{short}', {where}, null, true)", 1, "the same, padded"),
    "seal long": ("comply.seal_field('{long}', {where})", 1, "seal_field, 1,024 characters"),
    "open": ("comply.open_field(v_short, {where})", 1, "open_field, 64 characters"),
    "open long": ("comply.open_field(v_long, {where})", 1, "open_field, 1,024 characters"),
    "seal many": ("comply.seal_fields(v_texts, {of}, v_ids)", MANY, "seal_fields, 64 characters, of 100"),
    "open many": ("comply.open_fields(v_many, {of}, v_ids)", MANY, "open_fields, 64 characters, of 100"),
    "blind_index": ("comply.blind_index('{short}', 'storage_records', 'bidx')", 1, "blind_index"),
    "open_keys": (
        "comply.open_keys(array['{key_id}', '{index_id}']::uuid[], array[v_key, v_key])",
        10,
        "open_keys, two keys, once a transaction",
    ),
}
SCHEMAS = {"public": "pgcrypto in public", "crypto": "pgcrypto in another schema"}
LOOP = """
create function pg_temp.loop_{n}(calls integer) returns double precision language plpgsql as $loop$
declare
  v_key   bytea := '\\x{key}';
  v_plain bytea := '{short}';
  v_iv    bytea := substr('\\x{key}'::bytea, 1, 16);
  v_short bytea := comply.seal_field('{short}', {where});
  v_long  bytea := comply.seal_field('{long}', {where});
  v_texts text[] := array_fill('{short}'::text, array[{many}]);
  v_ids   uuid[] := array(select gen_random_uuid() from generate_series(1, {many}));
  v_many  bytea[] := comply.seal_fields(v_texts, {of}, v_ids);
  v_began timestamptz;
  v_any   {type};
begin
  v_began := clock_timestamp();
  for i in 1 .. calls loop
    v_any := {call};
  end loop;
  return date_part('epoch', clock_timestamp() - v_began) * 1e6 / calls;
end;
$loop$
"""


def main() -> None:
    """Measure on every version, keep the raw figures, and write FIELDS.md from them."""
    if sys.argv[1:] == ["report"]:
        paths = sorted(HERE.glob("results/fields-pg*.json"))
        results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    else:
        results = {}
        for major in harness.MAJORS:
            with harness.server("fields", major) as server:
                results[f"fields-pg{major}"] = _measure(server)
            harness.keep(HERE, f"fields-pg{major}", results[f"fields-pg{major}"])
    text = _report(results)
    print(text)
    if not harness.QUICK:
        (HERE / "FIELDS.md").write_text(text, encoding="utf-8")


def _measure(server: Any) -> dict[str, Any]:
    chance = random.Random(1)  # noqa: S311
    clients = {schema: _client(server, schema) for schema in SCHEMAS}
    with psycopg.connect(server.dsn("public")) as admin:
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "rounds": ROUNDS,
        }
    us: dict[str, dict[str, list[float]]] = {s: {m: [] for m in MEASURES} for s in SCHEMAS}
    for round_no in range(-1, ROUNDS):
        turns = [(schema, measure) for schema in SCHEMAS for measure in MEASURES]
        chance.shuffle(turns)
        for schema, measure in turns:
            number, calls = list(MEASURES).index(measure), CALLS // MEASURES[measure][1]
            took = clients[schema].execute(f"select pg_temp.loop_{number}({calls})").fetchone()[0]
            took /= MANY if measure.endswith("many") else 1
            if round_no >= 0:
                us[schema][measure].append(round(took, 3))
    for client in clients.values():
        client.close()
    return result | {"us": us, "python_us": _python()}


def _client(server: Any, schema: str) -> psycopg.Connection:
    """Return a connection in a transaction of a service, with keys open and the loops made."""
    harness.deploy(server, schema)
    with psycopg.connect(server.dsn(schema), autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = 'service'").fetchone():
            admin.execute("create role service login in role comply_app")
        admin.execute(f"create schema if not exists {schema}")
        admin.execute(f"create extension pgcrypto schema {schema}")
        admin.execute(f"grant usage on schema {schema} to comply_owner, service")
        admin.execute("select comply.add_tenant('acme')")
        admin.execute(
            "insert into comply.blind_indexes values ('storage_records', 'bidx', 'confidential', 12)"
        )
        for named, where in ((KEY_ID, (None, None)), (INDEX_ID, ("storage_records", "bidx"))):
            admin.execute(
                "select comply.add_data_key('acme', %s, %s, 'A256KW', 'file:bench', %s, null, %s, %s)",
                [named, bytes(72), envelope.check_value(KEY), *where],
            )
    client = psycopg.connect(server.dsn(schema, "service"), prepare_threshold=None)
    client.execute("select comply.enter('acme')")
    client.execute("select comply.open_keys(%s::uuid[], %s::bytea[])", [[KEY_ID, INDEX_ID], [KEY, KEY]])
    names = {
        "short": SHORT,
        "long": LONG,
        "where": WHERE,
        "of": OF,
        "many": MANY,
        "key_id": KEY_ID,
        "index_id": INDEX_ID,
        "key": KEY.hex(),
    }
    for number, (name, (call, _, _)) in enumerate(MEASURES.items()):
        call = call.replace("s.{}", schema)
        for parameter, variable in (("short", "v_plain"), ("key", "v_key"), ("iv", "v_iv")):
            call = call.replace(f"%({parameter})s", variable)
        kind = {
            "open": "text",
            "open long": "text",
            "open many": "text[]",
            "seal many": "bytea[]",
            "open_keys": "boolean",
        }.get(name, "bytea")
        call = call.format(**names)
        client.execute(LOOP.format(n=number, call=call, type=kind, **names))
    return client


def _python() -> dict[str, list[float]]:
    place = envelope.aad("acme", "storage_records", "confidential", ROW)
    sealed = envelope.seal(SHORT, KEY, KEY_ID, place)
    took: dict[str, list[float]] = {"seal": [], "open": []}
    for _ in range(ROUNDS):
        for name, call in {
            "seal": lambda: envelope.seal(SHORT, KEY, KEY_ID, place),
            "open": lambda: envelope.open_envelope(sealed, KEY, place),
        }.items():
            began = time.perf_counter()
            for _ in range(CALLS // 10):
                call()
            took[name].append(round((time.perf_counter() - began) * 1e6 / (CALLS // 10), 3))
    return took


def _report(results: dict[str, dict[str, Any]]) -> str:
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What a field costs\n\nWritten by `fields.py`, which says what is measured; the raw figures are in "
        f"`results/`.\n\n{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}, {machine['at']}; a load of "
        f"{machine['load_before']:.1f} at the start.\n"
    )
    for result in results.values():
        settings = dict(result["settings"])
        rows = [
            [
                MEASURES[measure][2],
                *(_figure(result["us"][schema][measure]) for schema in SCHEMAS),
            ]
            for measure in MEASURES
        ]
        rows += [
            [f"Python, {name}, 64 characters", _figure(result["python_us"][name]), ""]
            for name in ("seal", "open")
        ]
        text += (
            f"\n## PostgreSQL {settings.pop('server_version')}\n\n"
            f"Microseconds a call: the median of {result['rounds']} rounds, and the quartiles.\n\n"
            + harness.table(["", *SCHEMAS.values()], rows)
        )
    return text


def _figure(values: list[float]) -> str:
    middle, low, high = harness.spread(values)
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
