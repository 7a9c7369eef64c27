"""Two runners, dead runners, long readers: one deploys, the others wait, and nobody is held up for long."""

import threading
import time

import psycopg
from conftest import wait_until

SLEEPS = (
    "select count(*) from pg_stat_activity where query ~ 'pg_sleep.300' and state = 'active'"
    " and pid <> pg_backend_pid() and datname = current_database()"
)


def test_eight_runners_at_once(start_cli, ground, tree) -> None:
    """G2, F1: each unit once, no deadlock, though a concurrent build waits for every transaction."""
    tree.table(3, "crowded", before="select pg_catalog.pg_sleep(0.3);")
    tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\ncreate index concurrently crowded_id_idx on comply.crowded (id);\n",
    )
    tree.function("crowd")
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    runners = [start_cli("deploy", database=ground, source=tree.root) for _ in range(8)]
    said = [r.communicate(timeout=60)[1] for r in runners]
    assert [r.returncode for r in runners] == [0] * 8, said
    assert sum("waiting for another runner: pid" in text for text in said) >= 1
    applied = (
        "select count(*) from comply_private.schema_migration_events where event = 'apply' and path = %s"
    )
    for path in tree.lines[-3:]:
        assert ground.value(applied, path) == 1
    assert ground.value(deadlocks) == 0
    assert ground.value("select count(*) from comply_private.verify_history()") == 0


def test_eight_runners_on_an_empty_database(start_cli, database, tree) -> None:
    """F9: nothing is created before the lock is held."""
    runners = [start_cli("deploy", database=database, source=tree.root) for _ in range(8)]
    said = [r.communicate(timeout=60)[1] for r in runners]
    assert [r.returncode for r in runners] == [0] * 8, said
    assert (
        database.value(
            "select count(*) from comply_private.schema_migration_events where event = 'run_begin'"
        )
        == 1
    )


def test_a_runner_that_may_not_wait(run_cli, ground, tree) -> None:
    """Exit 5, and who has the lock."""
    with ground.connect(None, application_name="the other one") as holder:
        holder.execute("select pg_advisory_lock(1129270608, 1)")
        result = run_cli("deploy", "--lock-wait", "1s", "--json", database=ground, source=tree.root)
        assert result.exit_code == 5
        assert result.json["lock_holder"]["application"] == "the other one"
        assert "the other one" in result.stderr
        status = run_cli("status", "--json", database=ground, source=tree.root)
        assert status.json["lock_holder"]["pid"] == holder.info.backend_pid


def test_a_dead_runner_frees_the_lock(run_cli, start_cli, ground, tree) -> None:
    """G3: in under 10 s, though its statement would run for 300 s."""
    path = tree.table(3, "slow", before="select pg_catalog.pg_sleep(300);")
    process = start_cli("deploy", database=ground, source=tree.root)
    wait_until(ground, SLEEPS)
    process.kill()
    began = time.monotonic()
    tree.add(path, "create table comply.slow ();")
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert time.monotonic() - began < 10


def test_a_long_reader_holds_up_nobody(start_cli, run_cli, ground, tree) -> None:
    """G6, F10: while a unit tries for its lock, other readers stall at most lock_timeout + 0.5 s."""
    tree.table(3, "busy")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.add(
        "schema/0004__alter.sql",
        "-- comply: lock-timeout: 300ms\nalter table comply.busy add column n integer;\n",
    )
    longest = 0.0
    done = threading.Event()

    def read() -> None:
        nonlocal longest
        with ground.connect(None) as conn:
            while not done.is_set():
                began = time.monotonic()
                conn.execute("select count(*) from comply.busy")
                longest = max(longest, time.monotonic() - began)

    with ground.connect(None, application_name="the long reader") as reader:
        reader.execute("begin; select count(*) from comply.busy")
        process = start_cli("deploy", "--json", database=ground, source=tree.root)
        others = threading.Thread(target=read)
        others.start()
        time.sleep(3)
        assert process.poll() is None
        reader.execute("commit")
        _, said = process.communicate(timeout=30)
        done.set()
        others.join()
    assert process.returncode == 0, said
    assert "trying again" in said
    assert longest < 0.3 + 0.5
    assert longest > 0
    query = (
        "select attempts from comply_private.schema_migration_events where path = 'schema/0004__alter.sql'"
    )
    assert ground.value(query) > 1


def test_who_blocks_is_told_and_may_be_ended(run_cli, ground, tree) -> None:
    tree.table(3, "busy")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.add("schema/0004__alter.sql", "alter table comply.busy add column n integer;\n")
    with ground.connect(None, application_name="the long reader") as reader:
        reader.execute("begin; select count(*) from comply.busy")
        result = run_cli("deploy", "--tries", "1", database=ground, source=tree.root)
        assert result.exit_code == 10, result.stderr
        assert f"waits for pid {reader.info.backend_pid}, the long reader" in result.stderr
    with ground.connect(application_name="the deployer's reader") as reader:
        reader.execute("begin; set local role comply_owner; select count(*) from comply.busy")
        result = run_cli("deploy", "--terminate-blockers", database=ground, source=tree.root)
        assert result.exit_code == 0, result.stderr
        assert f"terminated pid {reader.info.backend_pid}" in result.stderr
        assert _is_gone(reader)


def _is_gone(conn: psycopg.Connection) -> bool:
    try:
        conn.execute("select 1")
    except psycopg.OperationalError:
        return True
    return False
