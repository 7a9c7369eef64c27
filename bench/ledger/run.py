#!/usr/bin/env python3
"""How fast is the trail sealed and verified, and what do writers notice of it?

Beside the limit, a plain sha256 of the same bytes; and writers with and without a sealer beside them that
runs every second.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS, ROWS, VERIFIES = harness.sized((5, 200_000, 3), (4, 8_000, 3), (2, 20_000, 1))
BESIDE_ROUNDS, BESIDE_SECONDS, WRITERS = harness.sized((7, 8, 2), (0, 0, 0), (1, 3, 2))
SHAPES = {"1 tenant": 1, "1,000 tenants, one with half of the rows": 1000}
SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "log_lock_waits": "on",
    "deadlock_timeout": "10ms",
}
SHOWN = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "autovacuum")
TICKS = os.sysconf("SC_CLK_TCK")


def measure(major: int) -> dict[str, Any]:
    """Return what sealing and verifying took, and what writers wrote alone and beside a sealer."""
    with harness.server("ledger", major, SETTINGS) as server:
        result: dict[str, Any] = {"machine": harness.machine(), "rows_a_seal": ROWS, "shapes": {}}
        for number, (shape, tenants) in enumerate(SHAPES.items()):
            result["shapes"][shape] = _measure_shape(server, f"shape{number}", tenants)
        if BESIDE_ROUNDS:
            result["beside"] = _measure_beside(server)
        with psycopg.connect(server.dsn("shape0"), autocommit=True) as admin:
            result["settings"] = harness.settings_of(admin, SHOWN)
    return result


def _timed(conn: psycopg.Connection, query: str) -> tuple[float, Any]:
    clock = harness.clock(conn)
    start = clock()
    row = conn.execute(query).fetchone() if not query.startswith("call") else conn.execute(query) and None
    return clock() - start, row


def _measure_shape(server: Any, database: str, tenants: int) -> dict[str, Any]:
    """Seal rows as they come, round by round; then verify all of them, and hash their bytes."""
    harness.deploy(server, database)
    with psycopg.connect(server.dsn(database), autocommit=True) as conn:
        conn.execute((HERE / "rows.sql").read_text(encoding="utf-8"))
        seals = []
        for _ in range(ROUNDS):
            conn.execute("select bench.add_audit_rows(%s, %s)", [ROWS, tenants])
            seals.append(_timed(conn, "call comply.seal_audit()")[0])
        conn.execute("select comply.checkpoint()")
        # Or plans would depend on whether autovacuum has come by already.
        conn.execute("vacuum analyze")
        conn.execute("set max_parallel_workers_per_gather = 0")
        conn.execute(
            "create table bench.bytes as select bench.canonical_bytes(a) as d from comply.audit_trail as a"
        )
        verifies, hashes = [], []
        for _ in range(VERIFIES):
            seconds, problem = _timed(conn, "select max(v.problem) from comply.verify_audit() as v")
            if problem != (None,):
                raise RuntimeError(f"verify_audit() found {problem[0]} in what nobody touched")
            verifies.append(seconds)
            hashes.append(_timed(conn, "select count(sha256(b.d)) from bench.bytes as b")[0])
        blocks, rows = conn.execute("select count(*), sum(leaf_count) from comply.ledger_blocks").fetchone()
        size = conn.execute("select avg(octet_length(b.d))::int from bench.bytes as b").fetchone()[0]
    return {
        "seal_s": seals,
        "verify_s": verifies,
        "sha256_s": hashes,
        "rows": int(rows),
        "blocks": blocks,
        "bytes": size,
    }


def _write(dsn: str, seconds: float, results: Any) -> None:
    """Insert batches of 100 records through the whole of comply-db; put how many there were."""
    with psycopg.connect(dsn) as conn:
        end, done = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            conn.execute("select comply.enter(%s)", [f"t{done // 100 % 20}"])
            conn.execute("select bench.add_records(100)")
            conn.commit()
            done += 100
        results.put(done)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Sealer(threading.Thread):
    """Seals every second until stopped; knows what processor time its backend took."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.dsn, self.stopped, self.cpu_s = dsn, threading.Event(), 0.0

    def run(self) -> None:
        """Seal every second."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            before = _cpu_seconds(conn.info.backend_pid)
            while not self.stopped.wait(1):
                conn.execute("call comply.seal_audit()")
            self.cpu_s = _cpu_seconds(conn.info.backend_pid) - before


def _measure_beside(server: Any) -> dict[str, Any]:
    """Let writers write with and without a sealer, in turn; count their rows and their waits for locks."""
    harness.deploy(server, "beside")
    with psycopg.connect(server.dsn("beside"), autocommit=True) as admin:
        admin.execute((HERE / "rows.sql").read_text(encoding="utf-8"))
        admin.execute("select comply.add_tenant('t' || i) from generate_series(0, 19) as i")
        admin.execute("create role bench_service login in role comply_app")
        admin.execute("grant usage on schema bench to comply_app")
    rows: dict[str, list[int]] = {"alone": [], "beside": []}
    cpu, waits = [], 0
    for number in range(BESIDE_ROUNDS * 2):
        kind = "alone" if (number + number // 2) % 2 == 0 else "beside"
        # Or a round would seal what was written in those before it.
        with psycopg.connect(server.dsn("beside"), autocommit=True) as admin:
            admin.execute("call comply.seal_audit()")
        sealer = Sealer(server.dsn("beside"))
        if kind == "beside":
            sealer.start()
        results: Any = multiprocessing.Queue()
        arguments = (server.dsn("beside", "bench_service"), BESIDE_SECONDS, results)
        writers = [multiprocessing.Process(target=_write, args=arguments) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        waits += _watch(server, writers)
        rows[kind].append(sum(results.get() for _ in writers))
        if kind == "beside":
            sealer.stopped.set()
            sealer.join()
            cpu.append(sealer.cpu_s)
    with psycopg.connect(server.dsn("beside"), autocommit=True) as admin:
        admin.execute("call comply.seal_audit()")
        sealed = admin.execute("select sum(leaf_count)::bigint from comply.ledger_blocks").fetchone()[0]
        problems = admin.execute("select count(*) from comply.verify_audit()").fetchone()[0]
    if problems:
        raise RuntimeError(f"verify_audit() found {problems} problem(s)")
    return {"rows": rows, "cpu_s": cpu, "waits": waits, "seconds": BESIDE_SECONDS, "sealed": sealed}


def _watch(server: Any, writers: list[multiprocessing.Process]) -> int:
    """Return how often a writer was seen waiting for a lock, until all are done."""
    query = """
        select count(*)
        from pg_stat_activity as a
        where a.usename = 'bench_service'
          and a.wait_event_type = 'Lock'
          and a.wait_event <> 'extend'
    """
    seen = 0
    with psycopg.connect(server.dsn("beside"), autocommit=True) as conn:
        while any(writer.is_alive() for writer in writers):
            seen += conn.execute(query).fetchone()[0]
            time.sleep(0.05)
    return seen


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    parts = [
        "# How fast is the trail sealed and verified?\n",
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is compared.\n",
        f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"{machine['at']}.\n",
    ]
    for result in results.values():
        settings = dict(result["settings"])
        parts.append(f"## PostgreSQL {settings.pop('server_version')}\n")
        parts.append(", ".join(f"{name} = {value}" for name, value in settings.items()) + ".\n")
        lines = []
        for shape, figures in result["shapes"].items():
            seal, verify, limit = _rates(figures)
            for what, rate in (("sealed", seal), ("verified", verify), ("plain sha256", limit)):
                lines.append([shape, what, f"{rate:,.0f}", f"{rate / limit:.2f}"])
        parts.append(
            harness.table(["rows of", "", "rows a second, one process", "of the limit"], lines, texts=2)
        )
        beside = result["beside"]
        alone, with_sealer = (
            statistics.median(beside["rows"][kind]) / beside["seconds"] for kind in ("alone", "beside")
        )
        share = statistics.median(beside["cpu_s"]) / beside["seconds"] / (os.cpu_count() or 1)
        ratio = harness.median_ratio(beside["rows"]["beside"], beside["rows"]["alone"])
        parts.append(
            harness.table(
                ["writers", "records a second", "of alone", "sealer's share of the processors", "lock waits"],
                [
                    ["alone", f"{alone:,.0f}", "1.00", "", ""],
                    [
                        "beside a sealer",
                        f"{with_sealer:,.0f}",
                        f"{ratio:.2f}",
                        f"{share:.2f}",
                        str(beside["waits"]),
                    ],
                ],
            )
        )
    return "\n".join(parts)


def _rates(figures: dict[str, Any]) -> tuple[float, float, float]:
    """Return rows a second: sealed, verified, and as a plain sha256 goes."""
    sealed_a_time = figures["rows"] / len(figures["seal_s"])
    return (
        sealed_a_time / statistics.median(figures["seal_s"]),
        figures["rows"] / statistics.median(figures["verify_s"]),
        figures["rows"] / statistics.median(figures["sha256_s"]),
    )


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return a plain sha256 / sealing and verifying the same rows; the rate beside a sealer / alone."""
    found = {}
    for shape, figures in result["shapes"].items():
        hashed = statistics.median(figures["sha256_s"])
        found[f"sealed, {shape}"] = [hashed / len(figures["seal_s"]) / s for s in figures["seal_s"]]
        found[f"verified, {shape}"] = harness.by_round(figures["sha256_s"], figures["verify_s"])
    if beside := result.get("beside"):
        rows = beside["rows"]
        found["writers beside a sealer"] = harness.by_round(rows["beside"], rows["alone"])
    return found


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how fast the trail is sealed and verified, and what writers keep of their rate."""
    rates = [_rates(figures) for figures in result["shapes"].values()]
    rows = result["beside"]["rows"]
    return {
        "Rows sealed a second by one process, of one tenant and of 1,000": _thousands(r[0] for r in rates),
        "Rows verified a second by one process, the same": _thousands(r[1] for r in rates),
        "What writers write beside a sealer that runs every second, of what they write alone": (
            f"{harness.median_ratio(rows['beside'], rows['alone']):.2f}"
        ),
    }


def _thousands(rates: Iterable[float]) -> str:
    return " and ".join(f"{rate:,.0f}" for rate in rates)


if __name__ == "__main__":
    harness.main(HERE, measure, report)
