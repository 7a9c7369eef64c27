"""What is brought back while it is erased, purged while it is held, attached twice: one goes first."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from conftest import Database, wait_until

MONTH = "date_trunc('month', comply.now(), 'UTC')"
WAITS = """
select count(*) > 0
from pg_stat_activity
where wait_event_type = 'Lock'
  and datname = current_database()
"""
RESTORE = "select restore_id from comply.restore_archive('acme', %s)"
ERASE = "select (comply.erase_subject('acme', 'ana', 'request 7')).state"


@pytest.fixture
def archived(installed: Database) -> Database:
    """A database with an archive of two records, inside it; its time is over."""
    with installed.connect(None) as conn:
        conn.execute("select comply.add_tenant('acme')")
        conn.execute(
            "insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version,"
            " mapped_data, subject_id)"
            " select 'acme', encode(sha256(s.name::bytea), 'hex'), 'presidio', 'test-1',"
            """ '{"labels": ["PII.Person.Name"]}', s.name from unnest(array['ana', 'bob']) as s (name)"""
        )
        conn.execute(
            "select comply.archive_to_table("
            f"'storage_records', 'acme', {MONTH}, {MONTH} + '1 month', '0 days')"
        )
    return installed


@pytest.fixture
def archive_id(archived: Database) -> Any:
    """The archive."""
    return archived.value("select id from comply.archives")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Where the second of two runs."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def meanwhile(pool: ThreadPoolExecutor, database: Database, query: str, *parameters: Any) -> Future[Any]:
    """Start a query on a connection of its own, and return when it waits."""
    running = pool.submit(database.value, query, *parameters, user=None)
    wait_until(database, WAITS)
    return running


def subjects(database: Database) -> list[str]:
    """Return whose rows came back."""
    with database.connect(None) as conn:
        rows = conn.execute("select content ->> 'subject_id' from comply.restored_rows order by 1").fetchall()
    return [subject for (subject,) in rows]


def test_an_erasure_waits_for_a_restore(
    archived: Database, archive_id: Any, pool: ThreadPoolExecutor
) -> None:
    """And then reaches what came back."""
    with archived.connect(None) as conn, conn.transaction():
        conn.execute(RESTORE, [archive_id])
        erasing = meanwhile(pool, archived, ERASE)
    assert erasing.result(timeout=20) in ("shredded", "done")
    assert subjects(archived) == ["bob"]


def test_a_restore_waits_for_an_erasure(
    archived: Database, archive_id: Any, pool: ThreadPoolExecutor
) -> None:
    """And then leaves out what it erased."""
    with archived.connect(None) as conn, conn.transaction():
        conn.execute(ERASE)
        restoring = meanwhile(pool, archived, RESTORE, archive_id)
    assert restoring.result(timeout=20)
    assert subjects(archived) == ["bob"]


def test_a_restore_with_an_old_view_is_refused(archived: Database, archive_id: Any) -> None:
    """It could not see what it has waited for."""
    with archived.connect(None) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.Error) as refused, conn.transaction():
            conn.execute(RESTORE, [archive_id])
    assert refused.value.sqlstate == "PC317"


def test_a_purge_waits_for_a_hold(archived: Database, archive_id: Any, pool: ThreadPoolExecutor) -> None:
    """And then heeds it."""
    with archived.connect(None) as conn, conn.transaction():
        conn.execute("select comply.place_hold('acme', 'case 1', 'a court asks')")
        purging = meanwhile(pool, archived, "select comply.purge_archive('acme', %s)", archive_id)
    with pytest.raises(psycopg.Error) as refused:
        purging.result(timeout=20)
    assert refused.value.sqlstate == "PC319"
    assert archived.value("select count(*) from comply_private.archived_rows") == 1


def test_a_hold_waits_for_a_purge(archived: Database, archive_id: Any, pool: ThreadPoolExecutor) -> None:
    """That was decided before it was placed."""
    with archived.connect(None) as conn, conn.transaction():
        conn.execute("select comply.purge_archive('acme', %s)", [archive_id])
        placing = meanwhile(pool, archived, "select comply.place_hold('acme', 'case 1', 'a court asks')")
    placing.result(timeout=20)
    assert archived.value("select count(*) from comply_private.archived_rows") == 0


def test_of_two_who_attach_the_same_rows_one_does(
    archived: Database, archive_id: Any, pool: ThreadPoolExecutor
) -> None:
    """From two restores of one archive."""
    first, second = (archived.value(RESTORE, archive_id) for _ in range(2))
    archived.run("delete from comply.storage_records")
    with archived.connect(None) as conn, conn.transaction():
        conn.execute("select comply.attach_restored('acme', %s)", [first])
        attaching = meanwhile(pool, archived, "select comply.attach_restored('acme', %s)", second)
    with pytest.raises(psycopg.Error) as refused:
        attaching.result(timeout=20)
    assert refused.value.sqlstate == "PC318"
    assert archived.value("select count(*) from comply.storage_records") == 2


def test_a_row_that_is_written_meanwhile_is_not_doubled(
    archived: Database, archive_id: Any, pool: ThreadPoolExecutor
) -> None:
    """Attaching waits for who is writing."""
    restore_id = archived.value(RESTORE, archive_id)
    with archived.connect(None) as conn:
        conn.execute("create temp table copied as select * from comply.storage_records")
        conn.execute("delete from comply.storage_records")
        with conn.transaction():
            conn.execute("insert into comply.storage_records select * from copied limit 1")
            attaching = meanwhile(pool, archived, "select comply.attach_restored('acme', %s)", restore_id)
    with pytest.raises(psycopg.Error) as refused:
        attaching.result(timeout=20)
    assert refused.value.sqlstate == "PC318"
