"""Months that are over, to be destroyed: logins, rows, archives, and what has to be true afterwards."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from conftest import Database

OPERATOR, APPROVER = "test_retention_operator", "test_retention_approver"
ENFORCE = "call comply.enforce_retention(dry_run => false)"
UNDER_WAY = "select count(*) from comply.retention_items where state not in ('dropped', 'refused')"


def month(ago: int) -> datetime:
    """Return the first moment of the month that many months ago."""
    now = datetime.now(UTC)
    year, number = divmod(now.year * 12 + now.month - 1 - ago, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


def prepare(database: Database, ago: list[int], tenants: tuple[str, ...]) -> None:
    """Make logins, tenants and months; nothing is kept in grace, so that one run can go to the end."""
    with database.connect(None) as conn:
        for login, role in ((OPERATOR, "comply_operator"), (APPROVER, "comply_admin")):
            if not conn.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone():
                conn.execute(f"create role {login} login in role {role}")
        for tenant in tenants:
            conn.execute("select comply.add_tenant(%s)", [tenant])
        for table in ("storage_records", "detector_executions"):
            for each in ago:
                conn.execute(
                    "select comply.ensure_past_partitions(%s, %s, %s)", [table, month(each), month(each)]
                )
        conn.execute("select comply.set_retention_settings(grace => '0')")


def fill(conn: psycopg.Connection[Any], tenant: str, times: list[datetime]) -> None:
    """Write a record of a tenant for each time."""
    conn.execute(
        'insert into comply.storage_records (tenant_id, "timestamp", source_data_hash, detector_type,'
        " model_version, mapped_data, metadata) select %s, t, repeat(md5(t::text), 2), 'presidio', 'test-1',"
        " '{\"labels\": [\"PII.Person.Name\"]}', jsonb_build_object('n', n, 'x', 1.50)"
        " from unnest(%s::timestamptz[]) with ordinality as u (t, n)",
        [tenant, times],
    )


def archive_what_is_due(conn: psycopg.Connection[Any]) -> None:
    """Archive and verify what items wait for, as comply-db archive --due does."""
    due = conn.execute(
        "select i.table_name, s.tenant_id, s.covers_from, s.covers_until from comply.retention_items as i"
        " join comply.retention_slices as s on s.item_id = i.id"
        " where i.state = 'approved' and s.action = 'archive' and s.archive_id is null"
    ).fetchall()
    for table, tenant, covers_from, covers_until in due:
        with conn.transaction():
            (archive,) = conn.execute(
                "select comply.archive_to_table(%s, %s, %s, %s)", [table, tenant, covers_from, covers_until]
            ).fetchone()
            conn.execute("select comply.verify_archive(%s, %s)", [tenant, archive])


def approve(database: Database) -> None:
    """Approve everything that is planned, as a second person."""
    with database.connect(APPROVER) as conn:
        conn.execute(
            "select comply.approve_retention(id) from comply.retention_items where state = 'planned'"
        )


def finish(database: Database) -> None:
    """Approve, archive and run until nothing is left to do."""
    with database.connect(OPERATOR) as operator, database.connect(None) as admin:
        for _ in range(8):
            operator.execute(ENFORCE)
            if admin.execute(UNDER_WAY).fetchone() == (0,):
                return
            approve(database)
            archive_what_is_due(admin)
        raise AssertionError(admin.execute("select * from comply.retention_items").fetchall())


def enforce_until_killed(database: Database, after_s: float) -> bool:
    """Run as the operator, and end the server's process after a time; return whether it was cut off."""
    cut_off = False
    with (
        suppress(psycopg.OperationalError),
        database.connect(None) as admin,
        psycopg.connect(database.server.dsn(database.name, OPERATOR), autocommit=True) as conn,
    ):
        killer = threading.Timer(
            after_s, admin.execute, ["select pg_terminate_backend(%s)", [conn.info.backend_pid]]
        )
        killer.start()
        try:
            conn.execute(ENFORCE)
        except psycopg.OperationalError:
            cut_off = True
        finally:
            killer.cancel()
            killer.join()
    return cut_off


@contextmanager
def in_background(database: Database, statement: str, login: str = OPERATOR) -> Iterator[list[BaseException]]:
    """Run a statement in a thread for as long as the body takes, and then wait for it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with database.connect(login) as conn:
                conn.execute(statement)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield failures
    finally:
        thread.join()


def rows(conn: psycopg.Connection[Any]) -> dict[str, tuple[str, datetime]]:
    """Return every record: tenant and time by id."""
    found = conn.execute('select id::text, tenant_id, "timestamp" from comply.storage_records').fetchall()
    return {id_: (tenant, at) for id_, tenant, at in found}


def nothing_is_wrong(conn: psycopg.Connection[Any], before: dict[str, tuple[str, datetime]]) -> None:
    """Assert that what is gone since has one certificate, and its archive, and that nothing looks bad."""
    now = rows(conn)
    gone = {id_: row for id_, row in before.items() if id_ not in now}
    certificates = conn.execute(
        "select d.tenant_id, d.covers_from, d.covers_until, d.rows_destroyed, s.action, a.verified_at,"
        " a.row_count = d.rows_destroyed and a.content_hash = d.content_hash"
        " from comply.destruction_certificates as d"
        " join comply.retention_slices as s on s.item_id = d.item_id and s.tenant_id = d.tenant_id"
        " and s.covers_from = d.covers_from"
        " left join comply.archives as a on a.tenant_id = d.tenant_id and array[a.id] = d.archive_ids"
        " where d.table_name = 'storage_records'"
    ).fetchall()
    for id_, (tenant, at) in gone.items():
        assert any(c[0] == tenant and c[1] <= at < c[2] for c in certificates), (id_, tenant, at)
    # A slice that was stopped half-way has a certificate, and the rest another: they count each row once.
    certified: collections.Counter[tuple[str, str]] = collections.Counter()
    for tenant, covers_from, _, row_count, *_ in certificates:
        certified[tenant, f"{covers_from.astimezone(UTC):%Y-%m}"] += row_count
    assert certified == collections.Counter((t, f"{at.astimezone(UTC):%Y-%m}") for t, at in gone.values())
    for certificate in certificates:
        assert (certificate[4] == "delete") == (certificate[5] is None), certificate
        assert certificate[4] == "delete" or certificate[6], certificate
    for leftover in (
        "comply_private.destruction_permits",
        "comply_private.retention_batches",
        "pg_tables where schemaname = 'comply_private' and tablename ~ '_[0-9]{4}_[0-9]{2}$'",
    ):
        assert conn.execute(f"select count(*) from {leftover}").fetchone() == (0,), leftover
    bad = "select * from comply.health() where status = 'fail' and name <> 'last_maintenance'"
    assert conn.execute(bad).fetchall() == []
    assert conn.execute("select * from comply.verify_records('storage_records')").fetchall() == []
    seal(conn)
    assert conn.execute("select * from comply.verify_audit()").fetchall() == []


def seal(conn: psycopg.Connection[Any]) -> None:
    """Seal all there is, and make a checkpoint of it."""
    deadline = time.monotonic() + 60
    while True:
        conn.execute("call comply.seal_audit()")
        (sealed,) = conn.execute(
            "select not exists (select from comply.audit_trail as a where a.transaction_id >="
            " (select s.sealed_to from comply_private.ledger_state as s))"
        ).fetchone()
        if sealed:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    conn.execute("select comply.checkpoint()")
