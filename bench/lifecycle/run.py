#!/usr/bin/env python3
"""What does it cost to end the life of data, and who notices?

A month of a million records, four fifths of them expired, by comply.enforce_retention() and by hand; a month
that goes as a whole; and what writers and readers wait for meanwhile.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROWS = harness.sized(1_000_000, 30_000, 20_000)
ROUNDS = harness.sized(3, 3, 1)
SECONDS_ALONE = harness.sized(10, 0, 2)
READER_S = harness.sized(5, 0, 2)
SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
SETTINGS = ("server_version", "shared_buffers", "max_wal_size", "fsync", "synchronous_commit")
TENANTS, EXPIRED = 10, 8

FILL = """
insert into {table} (tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data,
                     confidence_score, metadata, correlation_id, azure_region)
select
  'tenant-' || i % {tenants},
  m.month + (i % 2419200) * interval '1 second',
  encode(sha256(i::text::bytea), 'hex'),
  'openai-moderation',
  'omni-moderation-' || i % 5,
  '{{"labels": ["HARM.SPEECH.Insult"]}}',
  random(),
  jsonb_build_object('route', '/v1/chat/' || i % 100, 'user_agent', 'service/' || i % 20),
  gen_random_uuid(),
  'westeurope'
from (select date_trunc('month', now(), 'UTC') - interval '4 months' as month) as m
cross join generate_series(1, {rows}) as i
"""

KEEP = "select comply.set_retention_policy(%s, 'storage_records', %s, 'bench', 'delete', false)"

# 5,000 rows a transaction, found by where they are: what LIMIT and a key would do slower.
DELETE = """
delete from {table}
where ctid = any (array(select ctid from {table} where tenant_id < 'tenant-{kept}' limit 5000))
"""


def measure(major: int) -> dict[str, Any]:
    """Return what each part took: those that are named in the arguments, beside what is kept of the rest."""
    named = harness.named(QUESTIONS)
    with harness.server("lifecycle", major, SERVER) as server:
        found = _measure(server, named or harness.sized(list(QUESTIONS), ["expire"], list(QUESTIONS)))
    return harness.beside_kept(HERE, major, named, found)


def _measure(server: Any, asked: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"machine": harness.machine(), "rows": ROWS}
    harness.deploy(server, "full")
    with psycopg.connect(server.dsn("full"), autocommit=True) as admin:
        result["settings"] = harness.settings_of(admin, SETTINGS)
        _fill(admin)
    return result | {question: QUESTIONS[question](server) for question in asked}


def _expire(server: Any) -> dict[str, list[dict[str, float]]]:
    result: dict[str, list[dict[str, float]]] = {name: [] for name in EXPIRE}
    chance = random.Random(1)  # noqa: S311
    for _ in range(ROUNDS):
        for name in chance.sample(list(EXPIRE), len(EXPIRE)):
            result[name].append(_on_a_copy(server, EXPIRE[name]))
    return result


def _drop(server: Any) -> list[dict[str, list[float]]]:
    return [_on_a_copy(server, _drop_month) | _on_a_copy(server, _drop_by_hand) for _ in range(ROUNDS)]


def _stalls(server: Any) -> dict[str, dict[str, Any]]:
    return {name: _on_a_copy(server, stall) for name, stall in STALLS.items()}


QUESTIONS = {"expire": _expire, "drop": _drop, "stalls": _stalls}


def _fill(admin: psycopg.Connection) -> None:
    for number in range(TENANTS):
        admin.execute("select comply.add_tenant(%s)", [f"tenant-{number}"])
        keep = "1 month" if number < EXPIRED else "10 years"
        admin.execute(KEEP, [f"tenant-{number}", keep])
    admin.execute(
        "select comply.ensure_past_partitions('storage_records',"
        " date_trunc('month', now(), 'UTC') - interval '4 months', now() - interval '5 days')"
    )
    # What is measured is the end of rows, not their beginning.
    admin.execute("alter table comply.storage_records disable trigger user")
    admin.execute(FILL.format(table="comply.storage_records", tenants=TENANTS, rows=ROWS))
    admin.execute("alter table comply.storage_records enable trigger user")
    admin.execute("create table public.bare (like comply.storage_records including all)")
    admin.execute(FILL.format(table="public.bare", tenants=TENANTS, rows=ROWS))
    # Disabling them was not all: enabled again, they are no longer what they were.
    for (trigger,) in admin.execute(
        "select t.tgname from pg_trigger as t"
        " where t.tgrelid = 'comply.storage_records'::regclass and not t.tgisinternal"
    ).fetchall():
        admin.execute(f"alter table comply.storage_records enable always trigger {trigger}")
    admin.execute("vacuum (analyze, freeze) comply.storage_records, public.bare")
    admin.execute("create role bench_operator login in role comply_operator")
    admin.execute("create role bench_service login in role comply_app")


def _on_a_copy(server: Any, measure: Callable[[Any], Any]) -> Any:
    """Measure on a fresh copy of the filled database, so that every round begins with the same files."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("create database run template full strategy file_copy")
        admin.execute("checkpoint")
        try:
            return measure(server)
        finally:
            admin.execute("drop database run with (force)")


def _month(conn: psycopg.Connection) -> str:
    month = "to_char(date_trunc('month', now(), 'UTC') - interval '4 months', 'YYYY_MM')"
    return conn.execute(f"select 'comply.storage_records_' || {month}").fetchone()[0]


def _by_comply(share: float) -> Callable[[Any], dict[str, float]]:
    """Return a measure of one run of retention, which rewrites from a share of expired rows on."""

    def measure(server: Any) -> dict[str, float]:
        with (
            psycopg.connect(server.dsn("run"), autocommit=True) as admin,
            psycopg.connect(server.dsn("run", "bench_operator"), autocommit=True) as operator,
        ):
            admin.execute("select comply.set_retention_settings(rewrite_share => %s)", [share])
            month = _month(admin)
            before = _size(admin, month)
            clock = harness.clock(operator, admin)
            began = clock()
            operator.execute("call comply.enforce_retention(dry_run => false)")
            if share == 1:
                # A rewritten month is compact; one that was deleted from has to be vacuumed as well.
                admin.execute(f"vacuum {month}")
            took = clock() - began
            gone = admin.execute(
                "select sum(rows_destroyed)::bigint from comply.destruction_certificates"
            ).fetchone()[0]
            left = admin.execute(f"select count(*) from {month}").fetchone()[0]
            if (gone, left) != (ROWS * EXPIRED // TENANTS, ROWS - ROWS * EXPIRED // TENANTS):
                raise AssertionError(f"{gone} rows are gone, {left} are left")
            return {"seconds": took, "before": before, "after": _size(admin, month)}

    return measure


def _by_hand(of: Callable[[psycopg.Connection], str]) -> Callable[[Any], dict[str, float]]:
    """Return a measure of a batched DELETE and a VACUUM, of a table as a DBA would write it."""

    def measure(server: Any) -> dict[str, float]:
        with psycopg.connect(server.dsn("run"), autocommit=True) as admin:
            table = of(admin)
            before = _size(admin, table)
            clock = harness.clock(admin)
            began = clock()
            while admin.execute(DELETE.format(table=table, kept=EXPIRED)).rowcount:
                pass
            admin.execute(f"vacuum {table}")
            took = clock() - began
            return {"seconds": took, "before": before, "after": _size(admin, table)}

    return measure


EXPIRE = {
    "retention, rewriting": _by_comply(0.4),
    "retention, deleting": _by_comply(1),
    "DELETE and VACUUM, audited": _by_hand(_month),
    "DELETE and VACUUM, bare": _by_hand(lambda conn: "public.bare"),
}


def _size(conn: psycopg.Connection, table: str) -> int:
    return conn.execute("select pg_total_relation_size(%s::regclass)", [table]).fetchone()[0]


def _drop_month(server: Any) -> dict[str, list[float]]:
    """Return what the steps of a month that goes as a whole take, and their commits, in milliseconds."""
    with (
        psycopg.connect(server.dsn("run"), autocommit=True) as admin,
        psycopg.connect(server.dsn("run", "bench_operator"), autocommit=True) as operator,
    ):
        for number in range(EXPIRED, TENANTS):
            admin.execute(KEEP, [f"tenant-{number}", "1 month"])
        admin.execute("select comply.set_retention_settings(grace => '0')")
        operator.execute("select comply.plan_retention()")
        item = admin.execute("select id from comply.retention_items").fetchone()[0]
        steps: dict[str, list[float]] = {}
        while True:
            state = admin.execute(
                "select state from comply.retention_items where id = %s", [item]
            ).fetchone()[0]
            if state == "dropped":
                return steps
            began = time.perf_counter()
            operator.execute("begin")
            moved = operator.execute("select comply.advance_retention(%s)", [item]).fetchone()[0]
            done = time.perf_counter()
            operator.execute("commit")
            steps[state] = [(done - began) * 1000, (time.perf_counter() - done) * 1000]
            if not moved:
                raise AssertionError(admin.execute("select * from comply.retention_items").fetchall())


def _drop_by_hand(server: Any) -> dict[str, list[float]]:
    """Return what DROP TABLE of a detached month takes, its commit, and to remove one file as large."""
    with psycopg.connect(server.dsn("run"), autocommit=True) as admin:
        month = _month(admin)
        size = _size(admin, month)
        admin.execute(f"alter table comply.storage_records detach partition {month}")
        admin.execute("checkpoint")
        began = time.perf_counter()
        admin.execute("begin")
        admin.execute(f"drop table {month}")
        done = time.perf_counter()
        admin.execute("commit")
        took = [(done - began) * 1000, (time.perf_counter() - done) * 1000]
    path = Path(server.home) / "as_large"
    with path.open("wb") as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    began = time.perf_counter()
    path.unlink()
    return {
        "DROP TABLE by hand": took,
        "removing one file of that size": [(time.perf_counter() - began) * 1000, 0],
    }


class Client(threading.Thread):
    """Inserts a record a transaction, or reads of the month in question, and notes how long that took."""

    def __init__(self, server: Any, statement: str) -> None:
        super().__init__(daemon=True)
        self.server, self.statement = server, statement
        self.ended = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        """Work until told to end."""
        with psycopg.connect(self.server.dsn("run", "bench_service"), autocommit=True) as conn:
            while not self.ended.is_set():
                began = time.perf_counter()
                with conn.transaction():
                    conn.execute("select comply.enter('tenant-9', 'bench')")
                    conn.execute(self.statement)
                self.waits.append((time.perf_counter() - began) * 1000)
                time.sleep(0.002)


WRITE = """
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
select 'tenant-9', encode(sha256(random()::text::bytea), 'hex'), 'openai-moderation', 'omni',
       '{"labels": ["HARM.SPEECH.Insult"]}'
"""
READ = """
select count(*)
from comply.storage_records
where tenant_id = 'tenant-9'
  and model_version = 'omni-moderation-4'
  and "timestamp" >= date_trunc('month', now(), 'UTC') - interval '4 months'
  and "timestamp" < date_trunc('month', now(), 'UTC') - interval '4 months' + interval '1 day'
"""


def _stall(upkeep: Callable[[Any], None]) -> Callable[[Any], dict[str, Any]]:
    """Return a measure of what a writer and a reader wait for while something else is done."""

    def measure(server: Any) -> dict[str, Any]:
        clients = {"writer": Client(server, WRITE), "reader": Client(server, READ)}
        for client in clients.values():
            client.start()
        time.sleep(1)
        for client in clients.values():
            client.waits.clear()
        began = time.perf_counter()
        upkeep(server)
        took = time.perf_counter() - began
        time.sleep(0.5)
        for client in clients.values():
            client.ended.set()
            client.join()
        return {"seconds": took} | {
            name: {"median": statistics.median(c.waits), "longest": max(c.waits), "count": len(c.waits)}
            for name, c in clients.items()
        }

    return measure


def _nothing(server: Any) -> None:
    time.sleep(SECONDS_ALONE)


def _maintain(server: Any) -> None:
    with psycopg.connect(server.dsn("run", "bench_operator"), autocommit=True) as operator:
        operator.execute("call comply.maintain(ahead => 12)")


def _beside_a_reader(upkeep: Callable[[Any], None]) -> Callable[[Any], None]:
    """Do something while a transaction that has read the table stays open for some seconds."""

    def run(server: Any) -> None:
        with psycopg.connect(server.dsn("run")) as reader:
            reader.execute("select count(*) from comply.storage_records where tenant_id = 'nobody'")
            timer = threading.Timer(READER_S, reader.rollback)
            timer.start()
            upkeep(server)
            timer.join()

    return run


def _drop_whole(server: Any) -> None:
    _drop_month(server)


def _detach_by_hand(server: Any) -> None:
    with psycopg.connect(server.dsn("run"), autocommit=True) as admin:
        month = _month(admin)
        admin.execute(f"alter table comply.storage_records detach partition {month}")
        admin.execute(f"drop table {month}")


STALLS = {
    "nothing": _stall(_nothing),
    "maintain: 12 months made, one rewritten": _stall(_maintain),
    "the same, beside a long reader": _stall(_beside_a_reader(_maintain)),
    "a month goes": _stall(_drop_whole),
    "the same, beside a long reader ": _stall(_beside_a_reader(_drop_whole)),
    "DETACH and DROP by hand, beside a long reader": _stall(_beside_a_reader(_detach_by_hand)),
}


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    text = [
        "# What does it cost to end the life of data?\n",
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is measured.\n",
    ]
    for _, result in sorted(results.items()):
        machine, settings = result["machine"], result["settings"]
        if not text[2:]:
            text.append(
                f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, "
                f"{machine['system']}, Python {machine['python']}, {machine['at']}; a load of "
                f"{machine['load_before']:.1f} at the start.\n"
            )
        text.append(f"## PostgreSQL {settings['server_version']}\n")
        text.append(", ".join(f"{k} = {v}" for k, v in settings.items() if k != "server_version") + ".\n")
        expire = result["expire"]
        base = [run["seconds"] for run in expire["DELETE and VACUUM, audited"]]
        text.append(f"### {result['rows']:,} rows in a month, {EXPIRED} of {TENANTS} tenants expired\n")
        rows = []
        for name, runs in expire.items():
            middle, low, high = harness.spread([run["seconds"] for run in runs])
            ratio = 1 / harness.median_ratio(base, [run["seconds"] for run in runs])
            sizes = [statistics.median(run[key] for run in runs) / 2**20 for key in ("before", "after")]
            rows.append(
                [name, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", f"{ratio:.2f}"]
                + [f"{size:.0f}" for size in sizes]
            )
        header = ["by", "s, median", "quartiles", "of DELETE, audited", "MiB before", "MiB after"]
        text.append(harness.table(header, rows))
        text.append("### The steps of a month that goes as a whole, milliseconds\n")
        steps = list(result["drop"][0])
        text.append(
            harness.table(
                ["from", "median, until commit", "longest", "median, commit", "longest"],
                [
                    [
                        step,
                        *(
                            f"{of(run[step][part] for run in result['drop']):.1f}"
                            for part in (0, 1)
                            for of in (statistics.median, max)
                        ),
                    ]
                    for step in steps
                ],
            )
        )
        text.append("### What one writer and one reader wait for meanwhile, milliseconds\n")
        text.append(
            harness.table(
                ["beside", "it takes, s", "writer, median", "longest", "reader, median", "longest"],
                [
                    [
                        name.strip(),
                        f"{stall['seconds']:.1f}",
                        *(
                            f"{stall[who][key]:.1f}"
                            for who in ("writer", "reader")
                            for key in ("median", "longest")
                        ),
                    ]
                    for name, stall in result["stalls"].items()
                ],
            )
        )
    return "\n".join(text)


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return deletes by hand / retention, and deletes without the trail / with it."""
    seconds = _seconds(result)
    return {
        "retention, rewriting": harness.by_round(
            seconds["DELETE and VACUUM, bare"], seconds["retention, rewriting"]
        ),
        "retention, deleting": harness.by_round(
            seconds["DELETE and VACUUM, audited"], seconds["retention, deleting"]
        ),
        "DELETE, audited": harness.by_round(
            seconds["DELETE and VACUUM, bare"], seconds["DELETE and VACUUM, audited"]
        ),
    }


def _seconds(result: dict[str, Any]) -> dict[str, list[float]]:
    return {name: [run["seconds"] for run in runs] for name, runs in result["expire"].items()}


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how long it takes to expire most of a month, and what writers wait for meanwhile."""
    of_rows = f"{EXPIRED * 100 // TENANTS} percent of {result['rows']:,} records"
    return {
        f"To destroy {of_rows}, with certificates, beside DELETE by hand": ", ".join(
            f"{name}: {statistics.median(taken):.1f} s" for name, taken in _seconds(result).items()
        ),
        "The longest that a writer waits while months are made and one is rewritten": (
            f"{result['stalls']['maintain: 12 months made, one rewritten']['writer']['longest']:.0f} ms"
        ),
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
