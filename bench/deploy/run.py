#!/usr/bin/env python3
"""How long does a deploy take: of everything to an empty database, and where there is nothing to do?

Beside psql alone, sqitch and yoyo on the same SQL, made from our manifest: one change a line. Every round
runs each tool on a database of its own, in random order.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS = harness.sized(7, 3, 1)
# Those that a check is about: of the others' speed we are not the authors.
OURS = ("comply-db", "psql")
YOYO = "yoyo-migrations==9.0.0"
YOYO_PROGRAM = harness.ROOT / ".cache/yoyo/bin/yoyo"
SQITCH_PACKAGES = ("sqitch", "libdbd-pg-perl")
SETTINGS = ("server_version", "fsync", "synchronous_commit")
MEASURES = {
    "start": "the program's start",
    "full": "everything, to an empty database",
    "nothing": "nothing to do",
}


@dataclass(frozen=True)
class Tool:
    """A way to deploy: the command, where it runs, and the command that only starts it."""

    name: str
    command: list[str]
    start: list[str]
    directory: Path
    resumes: bool = True


def measure(major: int) -> dict[str, Any]:
    """Return what each tool took in each round."""
    if harness.SIZE != "check":
        _need_peers()
    with harness.server("deploy", major) as server, tempfile.TemporaryDirectory() as folder:
        return _measure(server, Path(folder))


def _need_peers() -> None:
    """Install sqitch, and yoyo into an environment of its own, where they are missing."""
    if not shutil.which("sqitch"):
        subprocess.run([harness.ROOT / ".ci/packages", *SQITCH_PACKAGES], check=True)
    home = YOYO_PROGRAM.parents[1]
    if not YOYO_PROGRAM.exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [home / "bin" / "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, YOYO, f"psycopg[binary]=={psycopg.__version__}"], check=True)


def _changes() -> list[tuple[str, str]]:
    """Return the manifest as changes, each a name and its SQL with the settings that a deploy works under."""
    schema = harness.ROOT / "schema"
    paths = re.findall(r"^\\ir (\S+)", (schema / "install.sql").read_text(encoding="utf-8"), re.MULTILINE)
    prelude = ""
    changes = []
    for path in paths:
        sql = (schema / path).read_text(encoding="utf-8")
        if Path(path).name == "prelude.sql":
            prelude = sql
            continue
        changes.append((Path(path).stem.replace(".", "-"), prelude + sql))
    return changes


def _write_sqitch(folder: Path, changes: list[tuple[str, str]]) -> None:
    (folder / "deploy").mkdir(parents=True)
    (folder / "sqitch.conf").write_text("[core]\n  engine = pg\n", encoding="utf-8")
    plan = ["%syntax-version=1.0.0", "%project=comply", ""]
    for number, (name, sql) in enumerate(changes):
        change = f"c{number:03}-{name}"
        plan.append(f"{change} 2026-01-01T00:00:00Z Bench <bench@example.com>")
        text = f"begin;\n{sql}\ncommit;\n"
        (folder / "deploy" / f"{change}.sql").write_text(text, encoding="utf-8")
    (folder / "sqitch.plan").write_text("\n".join(plan) + "\n", encoding="utf-8")


def _write_yoyo(folder: Path, changes: list[tuple[str, str]]) -> None:
    # As Python, because yoyo splits SQL files at semicolons, also those inside a body that begins atomic. It
    # keeps its own tables on the same connection, so each change gives back the role and the path.
    folder.mkdir()
    for number, (name, sql) in enumerate(changes):
        text = f"from yoyo import step\n\nsteps = [step({sql + 'reset role; reset all;'!r})]\n"
        (folder / f"{number:03}-{name}.py").write_text(text, encoding="utf-8")


def _tools(server: Any, folder: Path) -> list[Tool]:
    comply_db = str(Path(sys.executable).with_name("comply-db"))
    psql = shutil.which("psql") or str(server.installation.bin / "psql")
    conninfo = psycopg.conninfo.conninfo_to_dict(server.dsn("%(database)s", harness.DEPLOYER))
    host, port = conninfo["host"], conninfo["port"]
    dsn = server.dsn("%(database)s", harness.DEPLOYER)
    yoyo_uri = f"postgresql+psycopg://{harness.DEPLOYER}@/%(database)s?host={host}&port={port}"
    sqitch_uri = f"db:pg://{harness.DEPLOYER}@/%(database)s?host={host}&port={port}"
    install = ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "schema/install.sql"]
    return [
        Tool("comply-db", [comply_db, "--dsn", dsn, "deploy"], [comply_db, "--version"], harness.ROOT),
        Tool("psql", [psql, "-d", dsn, *install], [psql, "--version"], harness.ROOT, resumes=False),
        Tool("sqitch", ["sqitch", "deploy", sqitch_uri], ["sqitch", "--version"], folder / "sqitch"),
        Tool(
            "yoyo",
            [str(YOYO_PROGRAM), "apply", "--batch", "--no-config-file", "-d", yoyo_uri, "."],
            [str(YOYO_PROGRAM), "--help"],
            folder / "yoyo",
        ),
    ]


def _measure(server: Any, folder: Path) -> dict[str, Any]:
    changes = _changes()
    _write_sqitch(folder / "sqitch", changes)
    _write_yoyo(folder / "yoyo", changes)
    tools = [t for t in _tools(server, folder) if harness.SIZE != "check" or t.name in OURS]
    chance = random.Random(1)  # noqa: S311
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "versions": _versions([tool.name for tool in tools]),
            "changes": len(changes),
            "rounds": ROUNDS,
            "seconds": {tool.name: {measure: [] for measure in MEASURES} for tool in tools},
        }
        # The first round finds no roles yet, and fills the caches.
        for round_no in range(-1, ROUNDS):
            for tool in chance.sample(tools, len(tools)):
                database = f"deploy_{tool.name.replace('-', '_')}"
                admin.execute(f"create database {database} owner {harness.DEPLOYER}")
                command = [word.replace("%(database)s", database) for word in tool.command]
                seconds = {"start": _run(tool, tool.start), "full": _run(tool, command)}
                if tool.resumes:
                    seconds["nothing"] = _run(tool, command)
                with psycopg.connect(server.dsn(database)) as conn:
                    _check_complete(conn, tool.name)
                admin.execute(f"drop database {database} with (force)")
                if round_no >= 0:
                    for measure, taken in seconds.items():
                        result["seconds"][tool.name][measure].append(taken)
    return result


def _check_complete(conn: psycopg.Connection, name: str) -> None:
    """Refuse to compare a deploy that left the last file undone."""
    if conn.execute("select to_regprocedure('comply.health()') is null").fetchone()[0]:
        raise RuntimeError(f"{name} has not deployed everything")


def _run(tool: Tool, command: list[str]) -> float:
    names = {
        "SQITCH_FULLNAME": "Bench",
        "SQITCH_EMAIL": "bench@example.com",
        "SQITCH_USER_CONFIG": "/dev/null",
    }
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=tool.directory, env=os.environ | names, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return taken


def _versions(names: list[str]) -> dict[str, str]:
    if "sqitch" not in names:
        return {}
    done = subprocess.run(["sqitch", "--version"], capture_output=True, text=True, check=True)
    return {"sqitch": done.stdout.strip(), "yoyo": YOYO}


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    first = next(iter(results.values()))
    machine = first["machine"]
    text = (
        "# How long does a deploy take?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Medians over rounds; the ratio is how\n"
        "many times as long as comply-db a tool takes, in the same round. README.md says what is\n"
        "compared.\n\n"
        f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}, {machine['at']}. {', '.join(first['versions'].values())}. "
        f"{first['changes']} changes, {len(first['seconds']['psql']['full'])} rounds.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"]) + ".\n\n"
        text += harness.table(["", "tool", "s", "quartiles", "ratio"], _rows(result["seconds"]), texts=2)
    return text


def _rows(seconds: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    rows = []
    for measure, title in MEASURES.items():
        for name, by_measure in seconds.items():
            if taken := by_measure[measure]:
                middle, low, high = harness.spread(taken)
                ratio = harness.median_ratio(taken, seconds["comply-db"][measure])
                rows.append([title, name, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", f"{ratio:.1f}"])
    ours = seconds["comply-db"]
    after_start = [n - s for n, s in zip(ours["nothing"], ours["start"], strict=True)]
    middle, low, high = harness.spread(after_start)
    rows.append(
        ["nothing to do, less the start", "comply-db", f"{middle:.2f}", f"{low:.2f} to {high:.2f}", ""]
    )
    return rows


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return psql's deploy of everything / comply-db's of everything, and of nothing."""
    ours, psql = (result["seconds"][name] for name in OURS)
    return {
        MEASURES["full"]: harness.by_round(psql["full"], ours["full"]),
        MEASURES["nothing"]: harness.by_round(psql["full"], ours["nothing"]),
    }


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how long a deploy takes, and how long the peers take."""
    seconds = result["seconds"]
    return {
        f"{title[0].upper()}{title[1:]}": ", ".join(
            f"{name} {statistics.median(by_measure[measured]):.2f} s"
            for name, by_measure in seconds.items()
            if by_measure[measured]
        )
        for measured, title in MEASURES.items()
        if measured != "start"
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
