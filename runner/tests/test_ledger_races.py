"""The sealer beside writers, other sealers, crashes, changes: each row is sealed once, and nobody waits."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from background import in_background
from comply_db import embedded
from conftest import DEPLOYER, ROOT, Database, Server, wait_until
from sealed_trail import FEBRUARY, JANUARY, findings, wait_for_horizon, write

CHANCE = random.Random()  # noqa: S311
SEALED = "select coalesce(sum(leaf_count), 0) from comply.ledger_blocks"
# Each row is in a leaf index once, and each leaf is that of a row.
COUNTS = """
select
  (select count(*) from comply.audit_trail),
  (select count(*) from leaf),
  (select count(distinct id) from leaf),
  (select count(*) from leaf join comply.audit_trail as a using (tenant_id, id))
"""
LEAVES = """
with leaf as (
  select i.tenant_id, encode(substring(i.leaves from n * 48 + 1 for 16), 'hex')::uuid as id
  from comply_private.ledger_leaves as i
  cross join lateral generate_series(0, octet_length(i.leaves) / 48 - 1) as n
)
"""
TENANTS = "insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'A'), ('globex', 'G')"
METRIC = (
    "insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)"
    " select %s, 'v1', 'drift', 0.5 from generate_series(1, %s)"
)


@pytest.fixture
def ledger(installed: Database) -> Database:
    """A database with two tenants, and nothing sealed."""
    installed.run(TENANTS)
    return installed


def everything_is_sealed_once(conn: psycopg.Connection[Any]) -> None:
    """Seal what is left; assert that each row is in one block, that no block has another, and no problem."""
    wait_for_horizon(conn)
    conn.execute("call comply.seal_audit()")
    conn.execute("select comply.checkpoint()")
    rows, leaves, distinct, matched = conn.execute(LEAVES + COUNTS).fetchone()
    assert rows == leaves == distinct == matched
    assert findings(conn) == []


def a_writer(database: Database) -> Callable[[], None]:
    """Return a work: a transaction of some rows of both tenants that is now and then rolled back."""
    conn = database.connect(None)

    def work() -> None:
        with suppress(psycopg.Rollback), conn.transaction():
            for _ in range(CHANCE.randint(1, 3)):
                conn.execute(METRIC, [CHANCE.choice(["acme", "globex"]), CHANCE.randint(1, 20)])
                time.sleep(CHANCE.random() / 100)
            if CHANCE.random() < 0.2:
                raise psycopg.Rollback

    return work


def test_two_sealers_at_once_seal_each_row_once(ledger: Database) -> None:
    def a_sealer() -> Callable[[], None]:
        conn = ledger.connect(None)
        return lambda: conn.execute("call comply.seal_audit()") and None

    works = [a_writer(ledger), a_writer(ledger), a_sealer(), a_sealer()]
    with in_background(*works), ledger.connect(None) as conn:
        for _ in range(5):
            time.sleep(0.3)
            conn.execute("select comply.checkpoint()")
        assert findings(conn) == []
    with ledger.connect(None) as conn:
        assert conn.execute(SEALED).fetchone()[0] > 0
        everything_is_sealed_once(conn)


def test_a_sealer_that_finds_another_at_work_leaves_it_to_that(ledger: Database) -> None:
    with ledger.connect(None) as one, ledger.connect(None) as other:
        wait_for_horizon(one)
        with one.transaction():
            assert one.execute("select comply.seal_batch()").fetchone() == (2,)
            other.execute("set lock_timeout = '1ms'")
            assert other.execute("select comply.seal_batch()").fetchone() == (0,)
            other.execute("call comply.seal_audit()")
            # A checkpoint covers what is sealed, so it waits for what is being sealed.
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("select comply.checkpoint()")
        everything_is_sealed_once(other)


def test_a_sealer_that_is_killed_has_sealed_whole_batches(ledger: Database) -> None:
    """At random moments, ten times; its successor goes on where it was."""
    with ledger.connect(None) as conn:
        for _ in range(10):
            conn.execute(METRIC, ["acme", 1500])
            conn.execute(METRIC, ["globex", 200])
            wait_for_horizon(conn)
            sealer = ledger.connect(None)

            def seal_in_small_batches(sealer: psycopg.Connection[Any] = sealer) -> None:
                with suppress(psycopg.OperationalError):
                    while sealer.execute("select comply.seal_batch(batch_rows => 300)").fetchone()[0]:
                        pass

            sealing = threading.Thread(target=seal_in_small_batches)
            sealing.start()
            time.sleep(CHANCE.random() / 10)
            conn.execute("select pg_terminate_backend(%s)", [sealer.info.backend_pid])
            sealing.join(30)
            assert findings(conn) == []
        everything_is_sealed_once(conn)


def test_rows_of_a_long_transaction_are_sealed_when_it_ends(ledger: Database) -> None:
    """Not before, and with it nothing that came after it: the horizon stands still, and sealing goes on."""
    with ledger.connect(None) as conn, ledger.connect(None) as writer, ledger.connect(None) as other:
        everything_is_sealed_once(conn)
        sealed = conn.execute(SEALED).fetchone()[0]
        with writer.transaction():
            writer.execute(METRIC, ["acme", 3])
            with suppress(psycopg.Rollback), writer.transaction():
                writer.execute(METRIC, ["acme", 5])
                raise psycopg.Rollback
            with writer.transaction():
                writer.execute(METRIC, ["globex", 4])
            other.execute(METRIC, ["acme", 10])
            conn.execute("call comply.seal_audit()")
            assert conn.execute(SEALED).fetchone()[0] == sealed
            assert findings(conn) == []
            conn.execute("select comply.checkpoint()")
            assert findings(conn) == []
        everything_is_sealed_once(conn)
        assert conn.execute(SEALED).fetchone()[0] == sealed + 17


def test_a_reader_does_not_hold_the_horizon(ledger: Database) -> None:
    with ledger.connect(None) as reader, ledger.connect(None) as conn:
        reader.execute("begin isolation level repeatable read read only")
        assert reader.execute("select count(*) from comply.audit_trail").fetchone() == (2,)
        conn.execute(METRIC, ["acme", 3])
        wait_for_horizon(conn)
        conn.execute("call comply.seal_audit()")
        assert conn.execute(SEALED).fetchone() == (5,)
        assert reader.execute("select count(*) from comply.audit_trail").fetchone() == (2,)
        # By the view it has, nothing is sealed and nothing is wrong.
        assert findings(reader) == []
        reader.execute("commit")
        assert findings(reader) == []


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_a_seal_in_a_transaction_with_an_old_view_seals_what_it_sees(ledger: Database, level: str) -> None:
    """What has come since is left; where another has sealed since, it fails and nothing is sealed twice."""
    with ledger.connect(None) as sealer, ledger.connect(None) as other:
        wait_for_horizon(other)
        sealer.execute(f"begin isolation level {level}")
        sealer.execute("select 1 from comply.tenant_configs")
        other.execute(METRIC, ["acme", 3])
        wait_for_horizon(other)
        sealed = sealer.execute("select comply.seal_batch()").fetchone()[0]
        assert sealed == (5 if level == "read committed" else 2)
        sealer.execute("commit")
        assert findings(other) == []

        other.execute(METRIC, ["acme", 1])
        wait_for_horizon(other)
        sealer.execute(f"begin isolation level {level}")
        sealer.execute("select 1 from comply.tenant_configs")
        other.execute("call comply.seal_audit()")
        if level == "read committed":
            assert sealer.execute("select comply.seal_batch()").fetchone() == (0,)
        else:
            with pytest.raises(psycopg.errors.SerializationFailure):
                sealer.execute("select comply.seal_batch()")
        sealer.execute("rollback")
        everything_is_sealed_once(other)


def test_checkpoints_beside_seals_cover_whole_batches(ledger: Database) -> None:
    """Each digest is borne out in the end, whichever moment it is of."""
    sealer, checkpointer, digests = ledger.connect(None), ledger.connect(None), set()

    def seal() -> None:
        sealer.execute("select comply.seal_batch(batch_rows => 7)")

    def checkpoint() -> None:
        digests.add(checkpointer.execute("select comply.checkpoint()").fetchone()[0])
        time.sleep(0.02)

    with in_background(a_writer(ledger), a_writer(ledger), seal, checkpoint):
        time.sleep(1.5)
    with ledger.connect(None) as conn:
        everything_is_sealed_once(conn)
        assert len(digests) > 5
        for digest in CHANCE.sample(sorted(digests), 5):
            assert findings(conn, digest=digest) == []


def test_nobody_waits_for_the_sealer_and_the_sealer_for_nobody(ledger: Database) -> None:
    """Writers that would give up after a second, and a look at who waits, all the time."""
    writers = [a_writer(ledger), a_writer(ledger)]
    sealer, watcher, waits = ledger.connect(None), ledger.connect(None), []
    sealer.execute("set lock_timeout = '100ms'")
    ledger.run(f"alter database {ledger.name} set lock_timeout = '1s'")

    def seal() -> None:
        sealer.execute("call comply.seal_audit()")

    def watch() -> None:
        waits.extend(
            watcher.execute(
                "select query, wait_event from pg_stat_activity where datname = current_database()"
                # Writers wait for each other where both make a table longer.
                " and wait_event_type = 'Lock' and wait_event <> 'extend'"
            ).fetchall()
        )
        time.sleep(0.005)

    holder = ledger.connect(None)
    with in_background(*writers, seal, watch), suppress(psycopg.Rollback), holder.transaction():
        # Row locks of a writer, and tables that are being altered.
        holder.execute("select from comply.tenant_configs for no key update")
        holder.execute("alter table comply.load_rejects add column note text")
        holder.execute("create table public.altered (n integer)")
        time.sleep(1.5)
        raise psycopg.Rollback
    assert waits == []
    with ledger.connect(None) as conn:
        everything_is_sealed_once(conn)


def test_a_seal_during_the_destruction_of_a_month_loses_nothing(ledger: Database) -> None:
    """The month goes with its certificates; seals of other rows leave it alone, and wait for nobody."""
    with ledger.connect(None) as conn:
        for month in (JANUARY, FEBRUARY):
            conn.execute(
                "set local role comply_owner;"
                f"select comply_private.make_partition('comply.audit_trail', '{month}')"
            )
        for number in range(1, 6):
            with conn.transaction():
                write(conn, "acme", number, JANUARY)
                write(conn, "globex", number, FEBRUARY)
        everything_is_sealed_once(conn)
        with ledger.connect(None) as dropper:
            conn.execute(METRIC, ["acme", 3])
            wait_for_horizon(conn)
            with dropper.transaction():
                dropper.execute(
                    f"select comply_private.drop_sealed_month('audit_trail', '{JANUARY}', 'a test')"
                )
                conn.execute("set lock_timeout = '1s'")
                # The holder has the ledger's lock, so there is nothing to do yet, and no wait.
                assert conn.execute("select comply.seal_batch()").fetchone() == (0,)
        assert findings(conn) == []
        wait_for_horizon(conn)
        assert conn.execute("select comply.seal_batch()").fetchone()[0] >= 4
        conn.execute("select comply.checkpoint()")
        assert findings(conn) == []


@pytest.fixture(scope="module")
def crashing(server: Server, run_cli: Callable[..., Any]) -> Iterator[Database]:
    """A database of a server for these tests alone, which may crash, and knows prepared transactions."""
    with server.admin() as conn:
        major = conn.info.server_version // 10000
    name = f"races-{major}-{CHANCE.randrange(10**6)}"
    own = embedded.start(
        name, major=major, settings={"max_prepared_transactions": "5"}, cache=ROOT / ".cache"
    )
    try:
        database = Database(Server(str(own.host), embedded.PORT, embedded.SUPERUSER), "ledger")
        with database.server.admin() as conn:
            conn.execute(f"create role {DEPLOYER} login nosuperuser createrole createdb")
            conn.execute(f"create database ledger owner {DEPLOYER}")
        result = run_cli("deploy", database=database)
        assert result.exit_code == 0, result.stderr
        database.run(TENANTS)
        yield database
    finally:
        embedded.remove(name)


def test_a_prepared_transaction_holds_the_horizon_until_it_ends(crashing: Database) -> None:
    """It outlives its session; what it wrote is sealed when it is committed, by whomever."""
    with crashing.connect(None) as conn:
        everything_is_sealed_once(conn)
        sealed = conn.execute(SEALED).fetchone()[0]
        for name, rows in (("kept", 4), ("dropped", 7)):
            with crashing.connect(None) as writer:
                writer.execute("begin")
                writer.execute(METRIC, ["acme", rows])
                writer.execute(f"prepare transaction '{name}'")
        conn.execute(METRIC, ["globex", 2])
        conn.execute("call comply.seal_audit()")
        assert conn.execute(SEALED).fetchone()[0] == sealed
        conn.execute("rollback prepared 'dropped'")
        conn.execute("call comply.seal_audit()")
        assert conn.execute(SEALED).fetchone()[0] == sealed
        assert findings(conn) == []
        conn.execute("commit prepared 'kept'")
        everything_is_sealed_once(conn)
        assert conn.execute(SEALED).fetchone()[0] == sealed + 6


def test_a_server_that_crashes_while_it_seals_loses_nothing(crashing: Database) -> None:
    """Three times, at a random moment: a backend that is killed takes the whole server down with it."""
    for _ in range(3):
        with crashing.connect(None) as conn:
            conn.execute(METRIC, ["acme", 3000])
            conn.execute(METRIC, ["globex", 100])
            wait_for_horizon(conn)
            sealer = crashing.connect(None)

            def seal_in_small_batches(sealer: psycopg.Connection[Any] = sealer) -> None:
                with suppress(psycopg.OperationalError):
                    while sealer.execute("select comply.seal_batch(batch_rows => 300)").fetchone()[0]:
                        pass
                    sealer.execute("select comply.checkpoint()")

            sealing = threading.Thread(target=seal_in_small_batches)
            sealing.start()
            time.sleep(CHANCE.random() / 5)
            os.kill(conn.info.backend_pid, signal.SIGKILL)
            sealing.join(30)
        deadline = time.monotonic() + 30
        while True:
            with suppress(psycopg.OperationalError), crashing.connect(None) as conn:
                assert findings(conn) == []
                everything_is_sealed_once(conn)
                break
            assert time.monotonic() < deadline, "the server does not come back"
            time.sleep(0.1)


def test_an_incarnation_that_begins_beside_writers_loses_none_of_them(ledger: Database) -> None:
    """One has written and not ended, one comes while that is waited for: each row is on one side."""
    with ledger.connect(None) as first, ledger.connect(None) as conn:
        everything_is_sealed_once(conn)
        beginner, second = ledger.connect(None), ledger.connect(None)
        works = [
            threading.Thread(target=beginner.execute, args=["select comply.begin_incarnation('a test')"]),
            threading.Thread(target=second.execute, args=[METRIC, ["globex", 3]]),
        ]
        with first.transaction():
            first.execute(METRIC, ["acme", 2])
            for number, work in enumerate(works, 1):
                work.start()
                wait_until(ledger, f"select count(*) = {number} from pg_locks where not granted")
        for work in works:
            work.join(30)
        everything_is_sealed_once(conn)
        assert conn.execute(SEALED).fetchone() == (2 + 2 + 3 + 1,)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_an_incarnation_does_not_begin_by_an_old_view(ledger: Database, level: str) -> None:
    """It would leave what it does not see on the wrong side."""
    with ledger.connect(None) as beginner, ledger.connect(None) as conn:
        beginner.execute(f"begin isolation level {level}")
        beginner.execute("select 1 from comply.tenant_configs")
        conn.execute(METRIC, ["acme", 2])
        with pytest.raises(psycopg.Error) as refused:
            beginner.execute("select comply.begin_incarnation('a test')")
        assert refused.value.sqlstate == "PC231"
        beginner.execute("rollback")
        everything_is_sealed_once(conn)
