"""A sealed trail to tamper with: tenants, months, blocks of one row and of many, checkpoints, an open end."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import Database
from psycopg import Connection, sql

JANUARY, FEBRUARY, MARCH, APRIL = (f"2024-{month:02}-01 00:00+00" for month in range(1, 5))
TENANTS = ("acme", "globex", "initech", "newcomer", "nobody")
EVIDENCE = ("audit_trail", "ledger_blocks", "ledger_checkpoints", "destruction_certificates")

# Takes away what would stand in an attacker's way.
NO_CHECKS = (
    "do $$ declare c record; begin for c in select conrelid::regclass as t, conname from pg_constraint where"
    " contype = 'c' and coninhcount = 0 and conrelid::regclass::text ~ '^comply(_private)?[.]({})' loop"
    " execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; end $$"
).format("audit_trail|ledger_blocks|ledger_checkpoints|ledger_leaves|ledger_nodes")

Finding = tuple[str, str | None, int | str | None]


def row_id(tenant: str, number: int) -> str:
    """Return the audit id of a tenant's row."""
    return f"00000000-0000-7000-8{TENANTS.index(tenant):03x}-{number:012x}"


def write(conn: Connection[Any], tenant: str, number: int, month: str, **columns: Any) -> None:
    """Write a row of the trail as its triggers would, in the current transaction.

    Rows with an even number have something in every column, the others as little as they may.
    """
    values = {
        "tenant_id": tenant,
        "id": row_id(tenant, number),
        "table_name": "storage_records",
        "record_id": uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant} {number}"),
        "operation": "UPDATE" if number % 2 == 0 else "INSERT",
        "user_id": "service",
    }
    if number % 2 == 0:
        values |= {
            "active_role": "comply_app",
            "actor": "Zoë Ångström 🦉",
            "old_values": f'{{"n": {number}}}',
            "new_values": f'{{"n": {number + 1}, "text": "naïve \\u2028"}}',
            "correlation_id": uuid.uuid5(uuid.NAMESPACE_URL, f"{tenant} {number}"),
            "ip_address": "192.0.2.7/24",
            "user_agent": "curl",
        }
    values |= columns
    conn.execute(
        sql.SQL(
            'insert into comply.audit_trail ({}, "timestamp", transaction_id)'
            " values ({}, %s::timestamptz + %s * interval '1 hour', pg_current_xact_id())"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        ),
        [*values.values(), month, number % 24],
    )


def wait_for_horizon(conn: Connection[Any]) -> None:
    """Wait until every row can be sealed: what works elsewhere on the server may hold that up."""
    deadline = time.monotonic() + 30
    while not conn.execute(
        "select coalesce(max(transaction_id) < pg_snapshot_xmin(pg_current_snapshot()), true)"
        " from comply.audit_trail"
    ).fetchone()[0]:
        assert time.monotonic() < deadline, "a transaction holds the horizon"
        time.sleep(0.01)


def seal(conn: Connection[Any]) -> int:
    """Seal all that is there."""
    wait_for_horizon(conn)
    # A deployment would explain that triggers have changed, and that of the tests was just now.
    conn.execute("select set_config('comply.now', (clock_timestamp() + interval '1 hour')::text, false)")
    return conn.execute("select comply.seal_batch()").fetchone()[0]


def fill(database: Database) -> str:
    """Write and seal the trail that `test_ledger_tamper.py` tampers with; return the last digest.

    What the blocks have, by number: acme 0: rows 1 to 5; 1: 10; 2: 6 to 9; 3: 11 to 13. globex 0: 1 to 3;
    1: 4 and 5. initech 0: 1; 1: 2. Not sealed yet: acme 14, newcomer 1.
    """
    with database.connect(None) as conn:
        for month in (JANUARY, FEBRUARY, MARCH, APRIL):
            conn.execute(
                "set local role comply_owner;"
                f"select comply_private.make_partition('comply.audit_trail', '{month}')"
            )
        with conn.transaction():
            for number in (1, 2, 3):
                write(conn, "acme", number, JANUARY)
            write(conn, "initech", 1, JANUARY)
        with conn.transaction():
            for number in (4, 5):
                write(conn, "acme", number, JANUARY)
            for number in (1, 2, 3):
                write(conn, "globex", number, JANUARY)
        seal(conn)
        conn.execute("select comply.checkpoint()")

        with conn.transaction():
            for number in (6, 7):
                write(conn, "acme", number, FEBRUARY)
        # A transaction that wrote no row: a place to slip one in.
        conn.execute("create table public.gap as select pg_current_xact_id() as transaction_id")
        with conn.transaction():
            for number in (8, 9):
                write(conn, "acme", number, FEBRUARY)
            write(conn, "acme", 10, JANUARY)
            for number in (4, 5):
                write(conn, "globex", number, FEBRUARY)
        seal(conn)
        conn.execute("select comply.checkpoint()")

        with conn.transaction():
            for number in (11, 12, 13):
                write(conn, "acme", number, FEBRUARY)
            write(conn, "initech", 2, MARCH)
        seal(conn)
        digest = conn.execute("select comply.checkpoint()").fetchone()[0]

        with conn.transaction():
            write(conn, "acme", 14, MARCH)
            write(conn, "newcomer", 1, MARCH)
    return digest


def findings(conn: Connection[Any], tenant: str | None = None, digest: str | None = None) -> list[Finding]:
    """Return what comply.verify_audit() finds: the problem, the tenant, and the row, else the block."""
    return sorted(
        (
            (problem, of_tenant, str(audit_id) if audit_id else block_no)
            for problem, of_tenant, block_no, audit_id in conn.execute(
                "select problem, tenant, block_no, audit_id from comply.verify_audit(%s, %s)",
                [tenant, digest],
            )
        ),
        key=str,
    )


@contextmanager
def guards_off(conn: Connection[Any]) -> Iterator[None]:
    """Take every trigger off the evidence, partitions included, and put each back as it was."""
    guards = conn.execute(
        "select t.tgrelid::regclass::text, quote_ident(t.tgname) from pg_trigger as t"
        " join pg_class as c on c.oid = t.tgrelid"
        " where not t.tgisinternal and t.tgenabled = 'A' and c.relnamespace = 'comply'::regnamespace"
        f" and c.relname ~ '^({'|'.join(EVIDENCE)})(_[0-9]{{4}}_[0-9]{{2}})?$'"
    ).fetchall()
    conn.execute("set local session_replication_role = replica")
    conn.execute(";".join(f"alter table {table} disable trigger {name}" for table, name in guards))
    yield
    left = {
        table
        for (table,) in conn.execute("select oid::regclass::text from pg_class where relkind in ('r', 'p')")
    }
    conn.execute(
        ";".join(
            f"alter table {table} enable always trigger {name}" for table, name in guards if table in left
        )
    )
    conn.execute("set local session_replication_role = origin")


@contextmanager
def undone(conn: Connection[Any]) -> Iterator[None]:
    """Roll back what happens inside."""
    with conn.transaction(force_rollback=True):
        yield
