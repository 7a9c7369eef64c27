"""Retention as a pipeline runs it, archives and all, with kill -9 of the runner, its backend or the server.

COMPLY_TEST_KILLS says how often; a release is tried with 100.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import server_log
from comply_db import embedded
from conftest import Database, Server
from retained import OPERATOR, UNDER_WAY, fill, month, nothing_is_wrong, prepare, rows

KILLS = int(os.environ.get("COMPLY_TEST_KILLS", "12"))
ARCHIVIST = "test_retention_archivist"
TENANTS = ("acme", "globex", "initech")
# So many months at a time, the older the later, as far back as months are made.
MONTHS, OLDEST = 6, 117
RULE = "select comply.set_retention_policy(%s, 'storage_records', %s, 'a contract', 'archive', false)"
AT_WORK = "select pid from pg_stat_activity where application_name like 'comply-db/%'"
LEFT = "select count(*) from comply.storage_records where tenant_id in ('acme', 'globex')"
STATES = "select distinct state from comply.retention_items where state not in ('dropped', 'refused')"


@pytest.fixture(scope="module")
def crashing() -> Iterator[embedded.Server]:
    """A server of its own: killing a backend restarts all of it."""
    with server_log.running("crashes") as server:
        server_log.deploy(server)
        yield server


@pytest.fixture
def database(crashing: embedded.Server) -> Database:
    """Its database, with rules by which two tenants' records go and a third one's stay."""
    with psycopg.connect(crashing.dsn()) as conn:
        database = Database(Server(conn.info.host, conn.info.port, conn.info.user), "postgres")
    prepare(database, [], TENANTS)
    with database.connect(None) as conn:
        conn.execute(f"create role {ARCHIVIST} login in role comply_admin")
        conn.execute("select comply.set_retention_settings(batch_rows => 10)")
        for tenant, days in (("acme", 30), ("globex", 30), ("initech", 36500)):
            conn.execute(RULE, [tenant, timedelta(days=days)])
    return database


def add_months(database: Database, newest: int) -> dict[str, tuple[str, datetime]]:
    """Fill months of all three verdicts: some go, some are rewritten, of some a part is deleted."""
    assert newest + MONTHS <= OLDEST, "all months that there can be are done: kill earlier"
    prepare(database, list(range(newest, newest + MONTHS)), ())
    with database.connect(None) as conn:
        for ago in range(newest, newest + MONTHS):
            for tenant, count in (("acme", 50), ("globex", 30), ("initech", (0, 20, 200)[ago % 3])):
                fill(conn, tenant, [month(ago) + timedelta(hours=h) for h in range(count)])
        return rows(conn)


def steps(database: Database, to: Path) -> list[list[str]]:
    """Return what a pipeline runs, in turn."""
    comply_db = str(Path(sys.executable).with_name("comply-db"))

    def dsn(login: str) -> str:
        return database.server.dsn(database.name, login)

    return [
        [comply_db, "--dsn", dsn(OPERATOR), "maintain"],
        [comply_db, "--dsn", dsn(ARCHIVIST), "archive", "--due", "--to", str(to)],
    ]


def back_up(server: embedded.Server, database: Database) -> None:
    """Wait until a server that was killed is there again; start it where nobody else does."""
    for _ in range(300):
        with suppress(psycopg.OperationalError, embedded.EmbeddedError):
            if embedded.status(server.name) is None:
                embedded.start(server.name, major=server.installation.major, settings={"fsync": "off"})
            with database.connect(None) as conn:
                conn.execute("select 1")
                return
        time.sleep(0.1)
    pytest.fail("the server did not come back")


def strike(target: str, runner: subprocess.Popen[bytes], server: embedded.Server, database: Database) -> bool:
    """Kill with SIGKILL: the runner, its backend, or the server; return whether it was still at work."""
    if runner.poll() is not None:
        return False
    if target == "runner":
        runner.kill()
        return True
    if target == "server":
        os.kill(int((server.home / "data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        return True
    with suppress(psycopg.OperationalError), database.connect(None) as conn:
        at_work = conn.execute(AT_WORK).fetchone()
        if at_work:
            os.kill(at_work[0], signal.SIGKILL)
            return True
    return False


def test_whatever_is_killed_the_next_run_goes_on(
    database: Database, crashing: embedded.Server, tmp_path: Path
) -> None:
    """Nothing is lost and nothing doubled: each row that went is in one archive and one certificate."""
    chance = random.Random(KILLS)  # noqa: S311 - a test has to be repeatable
    struck: collections.Counter[str] = collections.Counter()
    seen: collections.Counter[str] = collections.Counter()
    before: dict[str, tuple[str, datetime]] = {}
    newest, turn = 3, 0
    while struck.total() < KILLS:
        with database.connect(None) as conn:
            is_done = conn.execute(LEFT).fetchone() == conn.execute(UNDER_WAY).fetchone() == (0,)
        if is_done:
            before |= add_months(database, newest)
            newest += MONTHS
        runner = subprocess.Popen(
            steps(database, tmp_path)[turn % 2], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        turn += 1
        with database.connect(None) as conn:
            while runner.poll() is None and not conn.execute(AT_WORK).fetchone():
                time.sleep(0.01)
        time.sleep(chance.random() * 0.5)
        target = chance.choice(["runner", "backend", "server"])
        struck[target] += strike(target, runner, crashing, database)
        with suppress(subprocess.TimeoutExpired):
            runner.wait(60)
        runner.kill()
        back_up(crashing, database)
        with database.connect(None) as conn:
            seen.update(state for (state,) in conn.execute(STATES).fetchall())

    for _ in range(8):
        for step in steps(database, tmp_path):
            subprocess.run(step, check=True, capture_output=True, timeout=120)
        with database.connect(None) as conn:
            if conn.execute(UNDER_WAY).fetchone() == (0,):
                break

    print(f"killed: {dict(struck)}, while items were {dict(seen)}, in {turn} turns, {newest - 3} months")
    assert len(struck) == 3 and len(seen) > 1, (struck, seen)
    with database.connect(None) as conn:
        assert set(rows(conn)) == {id_ for id_, (tenant, _) in before.items() if tenant == "initech"}
        assert conn.execute("select count(*) from comply.archives where verified_at is null").fetchone() == (
            0,
        )
        nothing_is_wrong(conn, before)
