"""What every benchmark shares: servers of its own, what a run ran on, medians, tables that nobody types.

COMPLY_BENCH_QUICK=1 runs few rounds, to see that a benchmark works, and keeps nothing; COMPLY_BENCH_PG names
the major versions. With the argument `report` a run.py only writes RESULTS.md again, from what was kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from comply_db import embedded

ROOT = Path(__file__).resolve().parents[1]
QUICK = os.environ.get("COMPLY_BENCH_QUICK", "") not in ("", "0")
MAJORS = [int(major) for major in os.environ.get("COMPLY_BENCH_PG", "15,18").split(",")]
DEPLOYER = "bench_deployer"


@contextmanager
def server(question: str, major: int, settings: Mapping[str, str] | None = None) -> Iterator[embedded.Server]:
    """Yield a fresh server of one major version, with PostgreSQL's own defaults beside `settings`."""
    # A name of this checkout's own, so that another's benchmark is left alone; what a killed run left goes.
    name = f"bench-{question}-{major}-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]}"
    embedded.remove(name)
    try:
        made = embedded.start(name, major=major, settings=settings, cache=ROOT / ".cache")
        with psycopg.connect(made.dsn(), autocommit=True) as admin:
            admin.execute(f"create role {DEPLOYER} login nosuperuser createrole createdb")
        yield made
    finally:
        embedded.remove(name)


def deploy(made: embedded.Server, database: str) -> None:
    """Make a database on a server, and deploy this checkout into it as its users do."""
    with psycopg.connect(made.dsn(), autocommit=True) as admin:
        admin.execute(f'create database "{database}" owner {DEPLOYER}')
    comply_db = Path(sys.executable).with_name("comply-db")
    command = [comply_db, "--dsn", made.dsn(database, DEPLOYER), "deploy"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def machine() -> dict[str, Any]:
    """Return what the run ran on."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*:\s*(.+)", cpuinfo.read_text()) if cpuinfo.exists() else []
    return {
        "cpu": models[0] if models else platform.processor(),
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def settings_of(conn: psycopg.Connection, names: Iterable[str]) -> dict[str, str]:
    """Return server settings by name."""
    return {name: conn.execute("select current_setting(%s)", [name]).fetchone()[0] for name in names}


def median_ratio(base: list[float], other: list[float]) -> float:
    """Return the median over rounds of base / other: 1 is as fast, 0.5 takes twice as long."""
    return statistics.median(b / o for b, o in zip(base, other, strict=True))


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return the median and the quartiles."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return middle, low, high


def table(header: list[str], rows: Iterable[list[str]], texts: int = 1) -> str:
    """Return a table in Markdown; the first `texts` columns are text, the others are figures."""
    lines = ["| " + " | ".join(header) + " |", "|---" * texts + "|---:" * (len(header) - texts) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def keep(folder: Path, name: str, result: dict[str, Any]) -> None:
    """Write the raw result of a full run below `folder`/results."""
    if QUICK:
        return
    path = folder / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def kept(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the raw results of the last full run, by major version."""
    paths = sorted(folder.glob("results/pg*.json"))
    return {int(path.stem.removeprefix("pg")): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def publish(folder: Path, text: str) -> None:
    """Print the report, and write it to RESULTS.md unless the run was quick."""
    print(text)
    if not QUICK:
        (folder / "RESULTS.md").write_text(text, encoding="utf-8")
