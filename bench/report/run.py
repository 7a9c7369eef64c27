#!/usr/bin/env python3
"""How long does a report take over ten million records, and is it right to the row?

comply.report() on a month, a quarter and a year, and comply-db report in each format, on generated
records and a run of every check; beside them what a report asks of rollups, asked of the records themselves.
Then the same of a thousand tenants, whose every run of checks has thousands of findings, and of thirty runs.
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
# Of many tenants it is findings that grow, so half of the records do; nothing of it is compared.
MANY = {"tenants": harness.sized(1000, 0, 100), "records": harness.sized(5_000_000, 0, 20_000)}
RUNS, RUN_EVERY = harness.sized(30, 0, 3), timedelta(days=12)
MANY_ROUNDS = harness.sized(10, 0, 2)
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
            "prepared": _prepared(admin, TENANTS, RECORDS)
            | {"run checks": _timed(admin, "select comply.run_checks()")},
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
    if RUNS:
        result["many"] = _measure_many(server)
    return result


def _measure_many(server: Any) -> dict[str, Any]:
    """Return what runs of checks and reports on them took with many tenants.

    The runs are spread over the year that the last report is on, and the records are of it as well. The clock
    goes ahead: only what is to come has months of the trail.
    """
    harness.deploy(server, "many")
    with psycopg.connect(server.dsn("many"), autocommit=True) as admin:
        admin.execute("set timezone = 'UTC'")
        first = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        times = [first + i * RUN_EVERY for i in range(RUNS)]
        admin.execute("select comply.ensure_partitions(15)")
        _set_clock(admin, times[-1])
        prepared = _prepared(admin, MANY["tenants"], MANY["records"])
        runs = []
        for time_of_run in times:
            _set_clock(admin, time_of_run)
            runs.append(_timed(admin, "select comply.run_checks()"))
        admin.execute("vacuum analyze comply.findings")
        checks = {
            name: _timed(admin, f"select count(*) from comply.{function}()")
            for name, function in admin.execute(
                "select check_id, function_name from comply.checks order by position"
            ).fetchall()
        }
        until = times[-1].replace(hour=0) + timedelta(days=1)
        spans = {name: (until - timedelta(days=days), until) for name, days in SPANS.items()}
        return MANY | {
            "rounds": MANY_ROUNDS,
            "prepared": prepared,
            "runs": runs,
            "findings": admin.execute(
                "select finding_count from comply.check_runs order by started_at desc limit 1"
            ).fetchone()[0],
            "checks": checks,
            "seconds": {name: _reported(admin, *span, rounds=MANY_ROUNDS) for name, span in spans.items()},
            "of one": _reported(admin, *spans["a year"], tenant="sample-0001", rounds=MANY_ROUNDS),
        }


def _set_clock(admin: psycopg.Connection[Any], at: datetime) -> None:
    admin.execute("select set_config('comply.now', %s, false)", [at.isoformat()])


def _prepared(admin: psycopg.Connection[Any], tenants: int, records: int) -> dict[str, float]:
    """Make records and changes, count and seal them; return how many seconds each step took."""
    return {
        step: _timed(admin, statement, *parameters)
        for step, statement, parameters in (
            (
                "generate records",
                "select comply.generate_sample(%s, %s, %s, %s)",
                (tenants, records, MONTHS, SEED),
            ),
            ("change rows", CHANGE, (tenants, CHANGES)),
            ("vacuum", "vacuum analyze", ()),
            ("refresh rollups", "call comply.refresh_rollups()", ()),
            ("seal", "call comply.seal_audit()", ()),
            ("checkpoint", "select comply.checkpoint()", ()),
            ("count activity", "select comply.count_activity(1000000)", ()),
        )
    }


SPANS = {"a month": 30, "a quarter": 91, "a year": 365}


def _timed(admin: psycopg.Connection[Any], statement: str, *parameters: Any) -> float:
    began = time.perf_counter()
    admin.execute(statement, parameters or None)
    return time.perf_counter() - began


def _reported(
    admin: psycopg.Connection[Any],
    since: datetime,
    before: datetime,
    tenant: str | None = None,
    rounds: int = ROUNDS,
) -> list[float]:
    """Return the seconds of each round; the first, which reads what nobody has read, is left out."""
    took = []
    clock = harness.clock(admin)
    for _ in range(rounds + 1):
        began = clock()
        admin.execute(
            "select comply.report(%s, %s, %s, %s)::text", [FRAMEWORK, since, before, tenant]
        ).fetchone()
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
        if "many" in result:
            text += _many(result["many"])
    return text


def _many(many: dict[str, Any]) -> str:
    """Return what RESULTS.md has of many tenants."""
    text = (
        f"\n{many['records']:,} records of {many['tenants']:,} tenants, {len(many['runs'])} runs of checks, "
        f"{many['findings']:,} findings in the last, {many['rounds']} rounds.\n\n"
    )
    asked = many["seconds"] | {"a year, of one tenant": many["of one"]}
    rows = []
    for span, seconds in asked.items():
        middle, low, high = (value * 1000 for value in harness.spread(seconds))
        rows.append([span, f"{middle:.0f}", f"{low:.0f} to {high:.0f}", f"{max(seconds) * 1000:.0f}"])
    text += harness.table(["report on", "median, ms", "quartiles", "slowest"], rows) + "\n"
    longest = sorted(many["checks"].items(), key=lambda check: -check[1])
    rows = [["a run of all", f"{statistics.median(many['runs']):.2f}"]]
    rows += [[name, f"{seconds:.2f}"] for name, seconds in longest if seconds >= 0.1]
    others = [seconds for _, seconds in longest if seconds < 0.1]
    rows.append([f"the other {len(others)} together", f"{sum(others):.2f}"])
    text += harness.table(["checks", "seconds"], rows) + "\n"
    rows = [[step, f"{seconds:.1f}"] for step, seconds in many["prepared"].items()]
    return text + harness.table(["before that, once", "seconds"], rows)


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return labels counted from the records of a year / a report on each span, which counts far more."""
    counted = statistics.median(result["raw"]["a year"])
    return {span: [counted / s for s in taken] for span, taken in result["seconds"].items()}


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how long a report takes on each span."""
    return (
        {
            f"A report on {span}, over {result['records'] / 1e6:.0f} million records": (
                f"{statistics.median(seconds) * 1000:.0f} ms"
            )
            for span, seconds in result["seconds"].items()
        }
        | {
            "The same labels, counted from the records of a year": (
                f"{statistics.median(result['raw']['a year']):.1f} s"
            )
        }
        | _answers_of_many(result.get("many"))
    )


def _answers_of_many(many: dict[str, Any] | None) -> dict[str, str]:
    """Return how long checks, and a report on them, take with many tenants."""
    if not many:
        return {}
    return {
        f"Every check of {many['tenants']:,} tenants": f"{statistics.median(many['runs']):.1f} s",
        f"A report on a year, of {many['tenants']:,} tenants and {len(many['runs'])} runs of checks": (
            f"{statistics.median(many['seconds']['a year']) * 1000:.0f} ms"
        ),
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
