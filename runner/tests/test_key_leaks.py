"""Where a key shows that was passed to comply.open_keys(): each way to log, alone, on a real server.

comply.health() has to fail for the settings that leak, and for no others; docs/encryption.md names them.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
import server_log
from comply_db import embedded, envelope

KEY_ID, INDEX_ID, ROW = UUID(int=1), UUID(int=2), UUID(int=3)
TEXT = "Jane Q. Example"
SETTINGS = {
    "log_statement": "none",
    "log_parameter_max_length": "-1",
    "log_min_messages": "debug1",
    "log_error_verbosity": "verbose",
    "compute_query_id": "on",
    "pg_stat_statements.track": "all",
    "pg_stat_statements.track_utility": "on",
    "auto_explain.log_min_duration": "-1",
}
CUT = {"log_parameter_max_length": "0"}
EXPLAINED = {"auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on"}
SHORT = {"auto_explain.log_parameter_max_length": "0"}
NESTED = {"auto_explain.log_nested_statements": "on"}
AUDITED = {"pgaudit.log": "all"}
# What is set, and whether it leaks.
CASES = [
    ({}, False),
    ({"log_statement": "all"}, True),
    ({"log_statement": "all"} | CUT, False),
    ({"log_statement": "mod"}, False),
    ({"log_min_duration_statement": "0"}, True),
    ({"log_min_duration_statement": "0"} | CUT, False),
    ({"log_duration": "on"}, False),
    ({"log_min_duration_sample": "0", "log_statement_sample_rate": "1"}, True),
    ({"log_min_duration_sample": "0", "log_statement_sample_rate": "1"} | CUT, False),
    ({"log_transaction_sample_rate": "1"}, True),
    ({"log_transaction_sample_rate": "1"} | CUT, False),
    ({"log_parameter_max_length_on_error": "-1"}, True),
    ({"log_parameter_max_length_on_error": "-1"} | CUT, True),
    ({"log_min_error_statement": "debug1"}, False),
    ({"debug_print_parse": "on", "debug_print_rewritten": "on"}, False),
    ({"debug_print_plan": "on"}, True),
    (EXPLAINED | SHORT, False),
    (EXPLAINED | SHORT | NESTED, False),
    (EXPLAINED | SHORT | {"auto_explain.log_verbose": "on"}, True),
    (EXPLAINED, "auto_explain.log_parameter_max_length"),
    (AUDITED, False),
    (AUDITED | {"pgaudit.log_parameter": "on"}, True),
    # All that is recommended, with everything else turned up.
    (
        {"log_statement": "all", "log_min_duration_statement": "0", "debug_print_parse": "on"}
        | {"debug_print_rewritten": "on", "log_parameter_max_length_on_error": "0"}
        | (CUT | EXPLAINED | SHORT | NESTED | AUDITED),
        False,
    ),
]


class Planted:
    """A server that logs, with keys in it that are looked for."""

    def __init__(self, server: embedded.Server, schema: str) -> None:
        self.server = server
        self.key, self.index_key, self.wrong = (os.urandom(32) for _ in range(3))
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute(f"create schema if not exists {schema}")
            admin.execute(f"create extension pgcrypto schema {schema}")
            admin.execute(f"grant usage on schema {schema} to comply_owner")
            admin.execute("create extension pg_stat_statements")
            # A login of a service is no superuser, but here it has to set what it logs.
            for name in (*SETTINGS, *(n for case, _ in CASES for n in case)):
                if admin.execute("select 1 from pg_settings where name = %s", [name]).fetchone():
                    admin.execute(f"grant set on parameter {name} to service")
            admin.execute(
                "insert into comply.blind_indexes values ('storage_records', 'bidx', 'confidential', 12)"
            )
            for named, key, where in (
                (KEY_ID, self.key, [None, None]),
                (INDEX_ID, self.index_key, ["storage_records", "bidx"]),
            ):
                admin.execute(
                    "select comply.add_data_key('acme', %s, %s, 'A256KW', 'file:test', %s, null, %s, %s)",
                    [named, bytes(72), envelope.check_value(key), *where],
                )

    def forms(self) -> dict[str, bytes]:
        """Return every form in which a key, or what is derived from it, could stand in a log."""
        keys = {
            "key": self.key,
            "index key": self.index_key,
            "wrong key": self.wrong,
            "encryption key": envelope._encryption_key(self.key),
            "authentication key": envelope._hmac(self.key, b"\x02mac"),
            "text": TEXT.encode(),
        }
        found = {}
        for name, key in keys.items():
            # As debug_print_plan writes bytes, without the space that it puts between them.
            signed = "".join(str(b - 256 if b > 127 else b) for b in key[:16])
            found |= {
                f"{name}, hex": key.hex().encode(),
                f"{name}, HEX": key.hex().upper().encode(),
                f"{name}, base64": base64.b64encode(key)[:-4],
                f"{name}, raw": key,
                f"{name}, octal": "".join(f"\\{b:03o}" for b in key).encode(),
                f"{name}, numbers": signed.encode(),
            }
        return found

    def used(self, changed: dict[str, str]) -> None:
        """Do all that a service does with keys, under settings; also with wrong ones."""
        opening = "select comply.open_keys(%s::uuid[], %s::bytea[])"
        with psycopg.connect(self.server.dsn(user="service"), autocommit=True) as conn:
            for name, value in changed.items():
                conn.execute("select set_config(%s, %s, false)", [name, value])
            # As often as it takes a prepared statement to get a generic plan.
            for _ in range(7):
                with conn.transaction():
                    conn.execute("select comply.enter('acme')")
                    conn.execute(opening, [[KEY_ID, INDEX_ID], [self.key, self.index_key]], prepare=True)
                    where = ["storage_records", "confidential", ROW]
                    sealed = conn.execute(
                        "select comply.seal_field(%s, %s, %s, %s)", [TEXT, *where], prepare=True
                    ).fetchone()[0]
                    opened = conn.execute(
                        "select comply.open_field(%s, %s, %s, %s)", [sealed, *where], prepare=True
                    ).fetchone()[0]
                    assert opened == TEXT
                    conn.execute("select comply.blind_index(%s, 'storage_records', 'bidx')", [TEXT])
            for keys in ([self.wrong], [self.key[:31]], [self.key, self.key]):
                with pytest.raises(psycopg.Error), conn.transaction():
                    conn.execute("select comply.enter('acme')")
                    conn.execute(opening, [[KEY_ID], keys])

    def status(self, changed: dict[str, str]) -> tuple[str, str]:
        """Return what comply.health() says under settings."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as conn:
            for name, value in changed.items():
                conn.execute("select set_config(%s, %s, false)", [name, value])
            return conn.execute(
                "select status, observed from comply.health() where name = 'keys_leak'"
            ).fetchone()


@pytest.fixture(scope="module", params=["public", "crypto"])
def planted(request: pytest.FixtureRequest) -> Iterator[Planted]:
    """A server with everything loaded that logs statements, and pgcrypto in one schema or another."""
    with psycopg.connect("") as connection:
        known = connection.execute("select 1 from pg_available_extensions where name = 'pgaudit'").fetchone()
    libraries = "pg_stat_statements,auto_explain" + (",pgaudit" if known else "")
    with server_log.running("leaks", shared_preload_libraries=libraries, **SETTINGS) as server:
        server_log.deploy(server)
        yield Planted(server, request.param)


@pytest.mark.parametrize(
    ("changed", "leaks"), [pytest.param(*c, id=" ".join(f"{k}={v}" for k, v in c[0].items())) for c in CASES]
)
def test_a_key_shows_where_health_says_it_does(
    planted: Planted, changed: dict[str, str], leaks: bool | str
) -> None:
    with psycopg.connect(planted.server.dsn()) as conn:
        known = {name for (name,) in conn.execute("select name from pg_settings").fetchall()}
    if changed and not known & changed.keys():
        pytest.skip("pgaudit is not installed for this server")
    if isinstance(leaks, str):
        # Version 15 has no such setting, and shows no parameters.
        leaks = leaks in known
    changed = {name: value for name, value in changed.items() if name in known}

    log = planted.server.home / "server.log"
    start = log.stat().st_size
    planted.used(changed)
    with log.open("rb") as file:
        file.seek(start)
        written = file.read()
    # debug_print_pretty breaks lines, also inside a number.
    written += b"".join(written.split())
    shown = sorted(name for name, form in planted.forms().items() if form in written)
    assert bool(shown) is leaks, shown

    status, observed = planted.status(changed)
    assert status == ("fail" if leaks else "ok"), observed


def test_pg_stat_statements_has_no_key(planted: Planted) -> None:
    planted.used({})
    with psycopg.connect(planted.server.dsn()) as conn:
        queries = "\n".join(q for (q,) in conn.execute("select query from pg_stat_statements").fetchall())
    assert "comply.open_keys($1::uuid[], $2::bytea[])" in queries
    assert not [name for name, form in planted.forms().items() if form in queries.encode()]


def test_no_setting_of_the_transaction_has_a_key(planted: Planted) -> None:
    with psycopg.connect(planted.server.dsn(user="service")) as conn:
        conn.execute("select comply.enter('acme')")
        conn.execute(
            "select comply.open_keys(%s::uuid[], %s::bytea[])",
            [[KEY_ID, INDEX_ID], [planted.key, planted.index_key]],
        )
        shown = conn.execute("select string_agg(setting, ' ') from pg_settings").fetchone()[0]
        shown += conn.execute("show comply.session_keys").fetchone()[0]
    # What is shown is hex: of which bytes nobody can tell who has not the other half.
    both = shown.encode() + b"".join(
        bytes.fromhex(part[:224]) for part in shown.split(";")[1:] if len(part) >= 224
    )
    assert not [name for name, form in planted.forms().items() if form in both]
