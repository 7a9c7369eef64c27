"""Tampering and sealing at random: nothing is missed, nothing is made up, and no row is sealed twice or never."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from conftest import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealed_trail import FEBRUARY, JANUARY, MARCH, Finding, findings, guards_off, row_id, seal, undone, write

TAMPERINGS = 500
PROBLEMS_OF_ROWS = {
    "row_edited",
    "row_inserted",
    "row_deleted",
    "row_reordered",
    "row_moved_tenant",
    "row_future_xid",
    "redaction_unlawful",
}


@pytest.fixture(scope="module")
def trail(make_database: Callable[..., Database], template: Database) -> Iterator[psycopg.Connection[Any]]:
    """Four tenants, three months, blocks of one row and of many, a block that is full, and rows not yet sealed."""
    database = make_database(template)
    numbers = {tenant: itertools.count(1) for tenant in ("acme", "globex", "initech", "newcomer")}
    with database.connect(None) as conn:
        for month in (JANUARY, FEBRUARY, MARCH):
            conn.execute(
                "set local role comply_owner;"
                f"select comply_private.make_partition('comply.audit_trail', '{month}')"
            )
        for month, rows in (
            (JANUARY, [("acme", 1), ("globex", 1)]),
            (JANUARY, [("acme", 7), ("globex", 2), ("initech", 1)]),
            (FEBRUARY, [("acme", 3), ("globex", 5)]),
            (FEBRUARY, [("acme", 1)]),
            (MARCH, [("acme", 12), ("initech", 2)]),
        ):
            # Two transactions a seal, of which one is of two tenants.
            for tenant, count in [*rows, ("acme", 1)]:
                with conn.transaction():
                    for _ in range(count):
                        write(conn, tenant, next(numbers[tenant]), month)
                    write(conn, "globex", next(numbers["globex"]), month)
            seal(conn)
            conn.execute("select comply.checkpoint()")
        with conn.transaction():
            for tenant in ("acme", "newcomer"):
                write(conn, tenant, next(numbers[tenant]), MARCH)
        yield conn


def sealed_rows(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Return tenant and id of each sealed row, in order."""
    return conn.execute(
        "select a.tenant_id, a.id::text from comply.audit_trail as a"
        " where a.transaction_id < (select sealed_to from comply_private.ledger_state) order by 1, 2"
    ).fetchall()
