"""What every benchmark shares: servers of its own, what a run ran on, medians, tables that nobody types.

A question is a folder with a run.py, which is a module with four functions:

    measure(major) -> result      what it measured on one major version, as JSON can hold it
    report(results) -> text       RESULTS.md, from the results by major version
    ratios(result) -> {name: [ratio, ...]}
                                  each ratio, round by round: what the other took / what we took, in the same
                                  round. 1 is as fast, 0.5 takes twice as long, so less is always worse. The
                                  other is a peer, a bare table, or ourselves on a tenth of the rows.
                                  bench/check.py compares their medians with bench/baseline.json
    answers(result) -> {asked: came out}
                                  a few lines for docs/performance.md: what was asked, in words, and a figure

and which ends in `harness.main(HERE, measure, report)`. All of them must work on kept results, so what they
need is in the result, not in a constant of the module. README.md begins with the question as a heading, and
has a paragraph that begins with "Not asked:"; docs/performance.md repeats both.

COMPLY_BENCH_QUICK=1 runs few rounds, to see that a benchmark works, and COMPLY_BENCH_SIZE=check runs a form
that is small, but steady enough to compare its ratios, at most 30 seconds a version; neither keeps anything,
and `sized()` chooses between the three. What is not steady when it is small is left out of such a result, and
ratios() leaves out what is not in it. COMPLY_BENCH_PG names the major versions. COMPLY_BENCH_PLANT names a
file of SQL that each deploy ends with, to see that a check finds what it makes slow. With the argument
`report` a run.py only writes RESULTS.md again, from what was kept.
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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from comply_db import embedded

ROOT = Path(__file__).resolve().parents[1]
QUICK = os.environ.get("COMPLY_BENCH_QUICK", "") not in ("", "0")
SIZE = "quick" if QUICK else os.environ.get("COMPLY_BENCH_SIZE", "full")
MAJORS = [int(major) for major in os.environ.get("COMPLY_BENCH_PG", "15,18").split(",")]
PLANT = os.environ.get("COMPLY_BENCH_PLANT")
DEPLOYER = "bench_deployer"
DEPLOYED = "bench_deployed"
# A check compares work; neither the disk nor what comes at its own time is work of ours. What has to be known
# of a table has therefore to be learned: by `vacuum analyze`.
STEADY = {
    "fsync": "off",
    "autovacuum": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "max_parallel_workers_per_gather": "0",
}


def sized(full: Any, check: Any, quick: Any) -> Any:
    """Return which of three applies: how large a full run is, one to compare ratios, or a mere look."""
    return {"full": full, "check": check, "quick": quick}[SIZE]


def main(
    folder: Path, measure: Callable[[int], dict[str, Any]], report: Callable[[dict[int, dict[str, Any]]], str]
) -> None:
    """Measure every version, keep each as it is done, and write RESULTS.md from all that are kept."""
    if SIZE == "check":
        sys.exit("bench/check.py runs this size")
    results = {} if QUICK else kept(folder)
    if sys.argv[1:] != ["report"]:
        for major in MAJORS:
            print(f"-- {folder.name}, PostgreSQL {major}", file=sys.stderr, flush=True)
            results[major] = measure(major)
            keep(folder, f"pg{major}", results[major])
    publish(folder, report(dict(sorted(results.items()))))


@contextmanager
def server(question: str, major: int, settings: Mapping[str, str] | None = None) -> Iterator[embedded.Server]:
    """Yield a fresh server of one major version, with PostgreSQL's own defaults beside `settings`.

    One that checks ratios is STEADY as well.
    """
    # A name of this checkout's own, so that another's benchmark is left alone; what a killed run left goes.
    name = f"bench-{question}-{major}-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]}"
    embedded.remove(name)
    settings = (settings or {}) | sized({}, STEADY, {})
    try:
        made = embedded.start(name, major=major, settings=settings, cache=ROOT / ".cache")
        with psycopg.connect(made.dsn(), autocommit=True) as admin:
            admin.execute(f"create role {DEPLOYER} login nosuperuser createrole createdb")
        yield made
    finally:
        embedded.remove(name)


def deploy(made: embedded.Server, database: str) -> None:
    """Make a database on a server, deployed from this checkout as its users do: once, then it is copied."""
    with psycopg.connect(made.dsn(), autocommit=True) as admin:
        if not admin.execute("select 1 from pg_database where datname = %s", [DEPLOYED]).fetchone():
            admin.execute(f"create database {DEPLOYED} owner {DEPLOYER}")
            comply_db = Path(sys.executable).with_name("comply-db")
            command = [comply_db, "--dsn", made.dsn(DEPLOYED, DEPLOYER), "deploy"]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            if PLANT:
                with psycopg.connect(made.dsn(DEPLOYED), autocommit=True) as planting:
                    planting.execute(Path(PLANT).read_text(encoding="utf-8"))
        admin.execute(f'create database "{database}" owner {DEPLOYER} template {DEPLOYED}')


def clock(*conns: psycopg.Connection) -> Callable[[], float]:
    """Return a clock in seconds: the wall's, or in a check the time that the server worked for `conns`.

    The work of others makes the second hardly longer. It is Linux's count; elsewhere the wall has to do.
    """
    paths = [Path(f"/proc/{conn.info.backend_pid}/schedstat") for conn in conns]
    if SIZE != "check" or not paths[0].exists():
        return time.perf_counter
    return lambda: sum(int(path.read_text().split()[0]) for path in paths) / 1e9


def busy() -> float:
    """Return for how many seconds the machine's processors have worked, all together; Linux's count."""
    times = [
        int(ticks) for ticks in Path("/proc/stat").read_text(encoding="utf-8").split("\n")[0].split()[1:]
    ]
    idle, waiting = times[3:5]
    # What guests take is within what users take.
    return (sum(times[:8]) - idle - waiting) / os.sysconf("SC_CLK_TCK")


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


def ran_on(machine: Mapping[str, Any]) -> str:
    """Return what a run ran on, in words."""
    return (
        f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}, {machine['at']}"
    )


def heading(settings: Mapping[str, str]) -> str:
    """Return the heading of a version, and how it was set."""
    others = ", ".join(f"{name} = {value}" for name, value in settings.items() if name != "server_version")
    return f"\n## PostgreSQL {settings['server_version']}\n\n{others}"


def by_round(base: list[float], other: list[float]) -> list[float]:
    """Return base / other of each round: 1 is as fast, 0.5 takes twice as long."""
    return [b / o for b, o in zip(base, other, strict=True)]


def median_ratio(base: list[float], other: list[float]) -> float:
    """Return the median over rounds of base / other."""
    return statistics.median(by_round(base, other))


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
    if SIZE != "full":
        return
    path = folder / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def kept(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the raw results of the last full run, by major version."""
    paths = sorted(folder.glob("results/pg*.json"))
    return {int(path.stem.removeprefix("pg")): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def named(parts: Iterable[str]) -> list[str]:
    """Return those parts of a question that the command line names, in their order; none stands for all."""
    return [part for part in parts if part in sys.argv[1:]]


def beside_kept(folder: Path, major: int, parts: list[str], found: dict[str, Any]) -> dict[str, Any]:
    """Return what a full run of some parts alone has found beside what is kept of the others."""
    return (kept(folder).get(major, {}) if parts and SIZE == "full" else {}) | found


def publish(folder: Path, text: str) -> None:
    """Print the report, and write it to RESULTS.md after a full run."""
    print(text)
    if SIZE == "full":
        (folder / "RESULTS.md").write_text(text, encoding="utf-8")
