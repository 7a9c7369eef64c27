#!/usr/bin/env python3
"""How long does a report take over ten million records, and is it right to the row?

comply.report() on a month, a quarter and a year, and comply-db report in each format, on generated
records and a run of every check; beside them what a report asks of rollups, asked of the records themselves.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
RECORDS = harness.sized(10_000_000, 60_000, 50_000)
CHANGES = harness.sized(200_000, 4_000, 2_000)
ROUNDS = harness.sized(20, 5, 3)
RAW_ROUNDS = harness.sized(1, 5, 1)
TENANTS, MONTHS, SEED = 50, 13, 7
FRAMEWORK = "soc2"
ALL_FORMATS = ("html", "json", "csv", "oscal", "sarif")
FORMATS = harness.sized(ALL_FORMATS, (), ALL_FORMATS)
SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
SETTINGS = ("server_version", "shared_buffers", "max_wal_size", "fsync", "max_parallel_workers_per_gather")
RAW = """
select l.label, count(*)
from comply.storage_records as r
cross join lateral jsonb_array_elements_text(r.mapped_data -> 'labels') as l (label)
where r."timestamp" >= %s
  and r."timestamp" < %s
group by l.label
"""
# Through the triggers, as a service does, so that trail and ledger have something to tell as well.
CHANGE = """
insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value, "timestamp")
select
  'sample-' || lpad((1 + i %% %s)::text, 4, '0'), 'bench', 'precision', 0.9, now() - i * interval '1 second'
from generate_series(1, %s) as i
"""


def measure(major: int) -> dict[str, Any]:
    """Return what reports on each span took, and what labels counted from the records themselves took."""
    with harness.server("report", major, SERVER) as server:
        return _measure(server)


def _measure(server: Any) -> dict[str, Any]:
    harness.deploy(server, "bench")
    with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
        admin.execute("set timezone = 'UTC'")
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "records": RECORDS,
            "rounds": ROUNDS,
            "prepared": {
                step: _timed(admin, statement, parameters)
                for step, statement, parameters in (
                    (
                        "generate records",
                        "select comply.generate_sample(%s, %s, %s, %s)",
                        (TENANTS, RECORDS, MONTHS, SEED),
                    ),
                    ("change rows", CHANGE, (TENANTS, CHANGES)),
                    ("vacuum", "vacuum analyze", ()),
                    ("refresh rollups", "call comply.refresh_rollups()", ()),
                    ("seal", "call comply.seal_audit()", ()),
                    ("checkpoint", "select comply.checkpoint()", ()),
                    ("count activity", "select comply.count_activity(1000000)", ()),
                    ("run checks", "select comply.run_checks()", ()),
                )
            },
        }
        # Of whole days, as the records are; the run of checks is of now, so the last day is today.
        until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        spans = {name: (until - timedelta(days=days), until) for name, days in SPANS.items()}
        result["seconds"] = {name: _reported(admin, *span) for name, span in spans.items()}
        clock = harness.clock(admin)
        result["raw"], result["same"], result["counted"] = {}, {}, {}
        for name, span in spans.items():
            result["raw"][name] = []
            for _ in range(RAW_ROUNDS):
                began = clock()
                raw = dict(admin.execute(RAW, span).fetchall())
                result["raw"][name].append(clock() - began)
            said = admin.execute(
                "select comply.report(%s, %s, %s) -> 'detections'", [FRAMEWORK, *span]
            ).fetchone()[0]
            told = {label["label"]: label["records"] for label in said["labels"]}
            result["same"][name] = Counter(raw) == Counter(told)
            result["counted"][name] = said["records"]
        if FORMATS:
            result["formats"] = {form: _written(server, form, *spans["a year"]) for form in FORMATS}
    return result


SPANS = {"a month": 30, "a quarter": 91, "a year": 365}


def _timed(admin: psycopg.Connection[Any], statement: str, parameters: tuple[Any, ...]) -> float:
    began = time.perf_counter()
    admin.execute(statement, parameters or None)
    return time.perf_counter() - began


def _reported(admin: psycopg.Connection[Any], since: datetime, before: datetime) -> list[float]:
    """Return the seconds of each round; the first, which reads what nobody has read, is left out."""
    took = []
    clock = harness.clock(admin)
    for _ in range(ROUNDS + 1):
        began = clock()
        admin.execute("select comply.report(%s, %s, %s)::text", [FRAMEWORK, since, before]).fetchone()
        took.append(clock() - began)
    return took[1:]


def _written(server: Any, form: str, since: datetime, before: datetime) -> dict[str, float]:
    """Return how long the command takes as a whole, and how large its files are."""
    comply_db = Path(sys.executable).with_name("comply-db")
    took = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report"
            bounds = ["--from", since.isoformat(), "--to", before.isoformat()]
            command = [
                comply_db,
                "--dsn",
                server.dsn("bench"),
                "report",
                FRAMEWORK,
                *bounds,
                "--format",
                form,
            ]
            began = time.perf_counter()
            subprocess.run([*command, "-o", path], check=True, capture_output=True)
            took.append(time.perf_counter() - began)
            size = sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]))
    return {"seconds": statistics.median(took), "bytes": size}


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# How long does a report take over ten million records?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is measured.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"])
        text += f". {result['records']:,} records of {TENANTS} tenants, {result['rounds']} rounds.\n\n"
        rows = []
        for span, seconds in result["seconds"].items():
            middle, low, high = (value * 1000 for value in harness.spread(seconds))
            rows.append(
                [
                    span,
                    f"{result['counted'][span]:,}",
                    f"{middle:.0f}",
                    f"{low:.0f} to {high:.0f}",
                    f"{max(seconds) * 1000:.0f}",
                    f"{statistics.median(result['raw'][span]) * 1000:.0f}",
                    "yes" if result["same"][span] else "NO",
                ]
            )
        header = [
            "report on",
            "records",
            "median, ms",
            "quartiles",
            "slowest",
            "labels from records, ms",
            "same",
        ]
        text += harness.table(header, rows) + "\n"
        rows = [
            [form, f"{figures['seconds']:.2f}", f"{figures['bytes'] / 1024:.0f}"]
            for form, figures in result["formats"].items()
        ]
        text += harness.table(["comply-db report on a year", "seconds", "KiB"], rows) + "\n"
        rows = [[step, f"{seconds:.1f}"] for step, seconds in result["prepared"].items()]
        text += harness.table(["before that, once", "seconds"], rows)
    return text


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return labels counted from the records of a year / a report on each span, which counts far more."""
    counted = statistics.median(result["raw"]["a year"])
    return {span: [counted / s for s in taken] for span, taken in result["seconds"].items()}


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how long a report takes on each span."""
    return {
        f"A report on {span}, over {result['records'] / 1e6:.0f} million records": (
            f"{statistics.median(seconds) * 1000:.0f} ms"
        )
        for span, seconds in result["seconds"].items()
    } | {
        "The same labels, counted from the records of a year": (
            f"{statistics.median(result['raw']['a year']):.1f} s"
        )
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
