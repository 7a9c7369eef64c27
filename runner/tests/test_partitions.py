"""What needs two sessions to show: partitions are made once, and never in the way of writers."""

import threading
import time

import psycopg
import pytest
from conftest import Database

MONTHS_OF_2033 = "select comply.ensure_partitions(11)"


def _at_2033(database: Database) -> psycopg.Connection:
    conn = database.connect()
    conn.execute("set role comply_owner")
    conn.execute("set comply.now = '2033-01-10 00:00+00'")
    return conn


def _wait_until_blocked(database: Database, pid: int) -> None:
    for _ in range(200):
        if database.value("select wait_event_type from pg_stat_activity where pid = %s", pid) == "Lock":
            return
        time.sleep(0.05)
    pytest.fail(f"session {pid} never waited for a lock")


def test_two_makers_at_once_make_each_month_once(installed: Database) -> None:
    first, second = _at_2033(installed), _at_2033(installed)
    made: list[int] = []
    with first.transaction():
        made.append(len(first.execute(MONTHS_OF_2033).fetchall()))
        waiting = threading.Thread(target=lambda: made.append(len(second.execute(MONTHS_OF_2033).fetchall())))
        waiting.start()
        _wait_until_blocked(installed, second.info.backend_pid)
    waiting.join(timeout=30)

    tables = installed.value(
        "select count(*) from pg_partitioned_table as p join pg_class as c on c.oid = p.partrelid"
        " where c.relnamespace = 'comply'::regnamespace"
    )
    assert made == [12 * tables, 0]
    assert (
        installed.value(
            "select count(*) from pg_inherits as i join pg_class as c on c.oid = i.inhrelid"
            " where c.relkind = 'r' and c.relname ~ '_2033_'"
        )
        == 12 * tables
    )


def test_making_months_does_not_stop_a_writer(installed: Database) -> None:
    with installed.connect(None) as admin:
        admin.execute("insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'Acme')")
    maker, writer = _at_2033(installed), installed.connect(None)
    with maker.transaction():
        maker.execute(MONTHS_OF_2033)
        # Would fail after a second if the open transaction of the maker held what a writer needs.
        writer.execute("set lock_timeout = '1s'")
        writer.execute(
            "insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)"
            " values ('acme', 'v1', 'drift', 0.5)"
        )

    assert installed.value("select count(*) from comply.audit_trail where table_name = 'model_metrics'") == 1
