"""Jobs under pg_cron: registered, run as who registered them, and removed.

Debian has pg_cron for PostgreSQL 15; where the library is not installed there is nothing to schedule with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
import server_log
from comply_db import embedded

SETTINGS = {
    "shared_preload_libraries": "pg_cron",
    "cron.database_name": "postgres",
    "cron.use_background_workers": "on",
    "max_worker_processes": "12",
}
OURS = "select jobname, schedule, command, username from cron.job order by jobname"


@pytest.fixture(scope="module")
def scheduled() -> Iterator[embedded.Server]:
    """A server with pg_cron, into which everything was deployed, and two operators of it."""
    with psycopg.connect("") as connection:
        known = connection.execute("select 1 from pg_available_extensions where name = 'pg_cron'").fetchone()
    if not known:
        pytest.skip("pg_cron is not installed for this server")
    with server_log.running("schedule", **SETTINGS) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("create extension pg_cron")
            server_log.deploy(server)
            for login in ("operator", "colleague"):
                admin.execute(f"create role {login} login in role comply_operator")
                admin.execute(f"grant usage on schema cron to {login}")
        yield server


def test_the_jobs_are_registered_once_run_and_removed(scheduled: embedded.Server) -> None:
    with (
        psycopg.connect(scheduled.dsn(user="operator"), autocommit=True) as operator,
        psycopg.connect(scheduled.dsn(user="colleague"), autocommit=True) as colleague,
    ):
        assert operator.execute("select comply.schedule()").fetchall() == [
            ("comply_checks",),
            ("comply_maintain",),
            ("comply_rollups",),
            ("comply_seal",),
        ]
        operator.execute("select comply.schedule()")
        assert operator.execute(OURS).fetchall() == [
            ("comply_checks", "41 4 * * *", "select comply.run_checks()", "operator"),
            ("comply_maintain", "17 * * * *", "call comply.maintain()", "operator"),
            ("comply_rollups", "* * * * *", "call comply.refresh_rollups()", "operator"),
            ("comply_seal", "* * * * *", "call comply.seal_audit(max_age => '1 minute')", "operator"),
        ]

        # What a job is to do must work as the login that runs it, so a minute is waited for.
        runs = "select status, return_message from cron.job_run_details where command like '%seal_audit%'"
        for _ in range(75):
            if finished := [
                run for run in operator.execute(runs).fetchall() if run[0] not in ("starting", "running")
            ]:
                break
            time.sleep(1)
        assert finished == [("succeeded", "CALL")], finished

        assert operator.execute("select comply.run_checks()").fetchone()

        assert colleague.execute("select comply.unschedule()").fetchall() == []
        assert len(operator.execute(OURS).fetchall()) == 4
        assert sorted(operator.execute("select comply.unschedule()").fetchall()) == [
            ("comply_checks",),
            ("comply_maintain",),
            ("comply_rollups",),
            ("comply_seal",),
        ]
        assert operator.execute(OURS).fetchall() == []
        assert operator.execute("select comply.unschedule()").fetchall() == []
