#!/usr/bin/env python3
"""What does it cost to write a record that is isolated, checked and audited?

Beside the bare table, and beside the row trigger that everybody writes; then `comply-db load` beside COPY.
Every measure is a round in which all variants run, in random order, on connections of their own.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS, SINGLES, BATCHES = (3, 50, 2) if harness.QUICK else (25, 300, 4)
LOADS, LINES = (2, 5_000) if harness.QUICK else (7, 100_000)
BATCH = 1000
TENANTS = ("acme", "globex", "initech")
COMMITS = {
    "on": "synchronous_commit = on",
    "slow": "synchronous_commit = on, commit_delay = 1 ms",
    "off": "synchronous_commit = off",
}
TITLES = {"single": "One record a transaction", "batch": f"{BATCH} records a statement"}
VARIANTS = {"bare": "bench.bare", "trigger": "bench.triggered", "comply": "comply.storage_records"}
COLUMNS = (
    "tenant_id",
    "source_data_hash",
    "detector_type",
    "model_version",
    "mapped_data",
    "confidence_score",
    "metadata",
    "azure_region",
    "correlation_id",
)
TYPES = ("text", "text", "text", "text", "jsonb", "float8", "jsonb", "text", "uuid")
MODELS = ("omni-moderation-2024-09-26", "omni-moderation-2025-03-01", "text-moderation-007")
LABELS = (
    "HARM.SPEECH.Hate.Other",
    "HARM.SPEECH.Insult",
    "HARM.SPEECH.Threat",
    "HARM.VIOLENCE.Physical",
    "HARM.VIOLENCE.SelfHarm",
    "HARM.VIOLENCE.Sexual",
    "OTHER.Safe",
)
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_level",
    "shared_buffers",
    "max_wal_size",
    "autovacuum",
)


def main() -> None:
    """Run every measure on every version, keep the raw figures, and write RESULTS.md from them."""
    if sys.argv[1:] == ["report"]:
        harness.publish(HERE, _report(harness.kept(HERE)))
        return
    results = {}
    for major in harness.MAJORS:
        with harness.server("ingest", major) as server:
            results[major] = _measure(server)
        harness.keep(HERE, f"pg{major}", results[major])
    harness.publish(HERE, _report(results))


def _measure(server: Any) -> dict[str, Any]:
    harness.deploy(server, "ingest")
    with psycopg.connect(server.dsn("ingest"), autocommit=True) as admin:
        admin.execute((HERE / "tables.sql").read_text(encoding="utf-8"))
        for tenant in TENANTS:
            admin.execute("select comply.add_tenant(%s)", [tenant])
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "rounds": ROUNDS,
            "inserts": {},
        }
        for commit in COMMITS:
            result["inserts"][commit] = _measure_inserts(server, admin, commit)
        result["bytes_per_row"] = _bytes_per_row(admin)
    result["load"] = _measure_loads(server)
    return result


def _comply_db(server: Any, database: str, *arguments: str) -> None:
    command = [Path(sys.executable).with_name("comply-db"), "--dsn", server.dsn(database, harness.DEPLOYER)]
    subprocess.run([*command, *arguments], check=True, capture_output=True)


class Writer:
    """One connection that writes to one variant, straight through libpq: the client costs next to nothing."""

    def __init__(self, server: Any, variant: str, commit: str) -> None:
        self.is_comply = variant == "comply"
        self.conn = psycopg.connect(server.dsn("ingest", "bench_service"), autocommit=True)
        self.conn.execute(f"set synchronous_commit = {'off' if commit == 'off' else 'on'}")
        self.pg: pq.PGconn = self.conn.pgconn
        insert = f"insert into {VARIANTS[variant]} ({', '.join(COLUMNS)})"
        values = ", ".join(f"${n}::{t}" for n, t in enumerate(TYPES, 1))
        arrays = ", ".join(f"${n}::{t}[]" for n, t in enumerate(TYPES, 1))
        self._prepare(b"single", f"{insert} values ({values})")
        self._prepare(b"batch", f"{insert} select * from unnest({arrays})")
        if self.is_comply:
            self._prepare(b"enter", "select comply.enter($1, $2, $3)")

    def _prepare(self, name: bytes, query: str) -> None:
        self._check(self.pg.prepare(name, query.encode()))

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise RuntimeError(result.error_message.decode())

    def write(self, statement: bytes, context: list[bytes], values: list[bytes]) -> None:
        """Write one row or one batch in a transaction of its own: each command is a round trip."""
        self._check(self.pg.exec_(b"begin"))
        if self.is_comply:
            self._check(self.pg.exec_prepared(b"enter", context))
        self._check(self.pg.exec_prepared(statement, values))
        self._check(self.pg.exec_(b"commit"))


def _measure_inserts(server: Any, admin: psycopg.Connection, commit: str) -> dict[str, Any]:
    admin.execute(f"alter system set commit_delay = {1000 if commit == 'slow' else 0}")
    admin.execute("alter system set commit_siblings = 0")
    admin.execute("select pg_reload_conf()")
    chance = random.Random(1)  # noqa: S311
    writers = {variant: Writer(server, variant, commit) for variant in VARIANTS}
    seconds: dict[str, dict[str, list[float]]] = {
        shape: {variant: [] for variant in VARIANTS} for shape in ("single", "batch")
    }
    for round_no in range(-2, ROUNDS):
        work = {
            "single": [_single(chance) for _ in range(SINGLES)],
            "batch": [_batch(chance) for _ in range(BATCHES)],
        }
        for shape, transactions in work.items():
            for variant in chance.sample(list(VARIANTS), len(VARIANTS)):
                write = writers[variant].write
                began = time.perf_counter()
                for context, values in transactions:
                    write(shape.encode(), context, values)
                if round_no >= 0:
                    seconds[shape][variant].append((time.perf_counter() - began) / len(transactions))
    for writer in writers.values():
        writer.conn.close()
    return seconds


def _record(chance: random.Random, tenant: str) -> tuple[str, ...]:
    found = chance.sample(LABELS, chance.choices((1, 2, 3), (70, 22, 8))[0])
    scores = {name: round(chance.random(), 4) for name in ("hate", "violence", "self-harm")}
    metadata = {
        "channel": chance.choice(("chat", "email", "forum")),
        "language": chance.choice(("de", "en", "fr")),
        "latency_ms": chance.randint(5, 400),
        "service": f"gateway-{chance.randint(1, 20)}",
    }
    return (
        tenant,
        hashlib.sha256(chance.randbytes(16)).hexdigest(),
        "openai-moderation",
        chance.choice(MODELS),
        json.dumps({"labels": found, "scores": scores}),
        str(round(chance.random(), 4)),
        json.dumps(metadata),
        chance.choice(("eastus", "northeurope", "westeurope")),
        str(uuid.UUID(bytes=chance.randbytes(16), version=4)),
    )


def _context(record: tuple[str, ...]) -> list[bytes]:
    return [record[0].encode(), b"alice@example.com", record[-1].encode()]


def _single(chance: random.Random) -> tuple[list[bytes], list[bytes]]:
    record = _record(chance, chance.choice(TENANTS))
    return _context(record), [value.encode() for value in record]


def _batch(chance: random.Random) -> tuple[list[bytes], list[bytes]]:
    tenant = chance.choice(TENANTS)
    records = [_record(chance, tenant) for _ in range(BATCH)]
    columns = [[json.dumps(value) for value in column] for column in zip(*records, strict=True)]
    return _context(records[0]), [f"{{{','.join(column)}}}".encode() for column in columns]


def _bytes_per_row(admin: psycopg.Connection) -> dict[str, float]:
    query = """
      select (select sum(pg_total_relation_size(c.oid))
              from pg_class as c
              where c.oid = %(t)s::regclass
                 or c.oid in (select p.relid from pg_partition_tree(%(t)s) as p))
             / count(*)
      from {}
    """
    tables = ("bench.bare", "bench.audit_log", "comply.storage_records", "comply.audit_trail")
    return {t: round(float(admin.execute(query.format(t), {"t": t}).fetchone()[0])) for t in tables}


def _measure_loads(server: Any) -> dict[str, list[float]]:
    """Load files, and COPY the very rows that each load made into the bare table; fresh lines every round."""
    harness.deploy(server, "load")
    seconds: dict[str, list[float]] = {"load": [], "copy": [], "python_start": []}
    chance = random.Random(2)  # noqa: S311
    comply_db = Path(sys.executable).with_name("comply-db")
    with (
        psycopg.connect(server.dsn("load"), autocommit=True) as admin,
        tempfile.TemporaryDirectory() as folder,
    ):
        admin.execute((HERE / "tables.sql").read_text(encoding="utf-8"))
        admin.execute("select comply.add_tenant('acme')")
        for round_no in range(LOADS):
            model = f"model-{round_no}"
            lines, rows = Path(folder) / "lines.jsonl", Path(folder) / "rows"
            lines.write_text("".join(_line(chance) for _ in range(LINES)), encoding="utf-8")
            arguments = ["load", str(lines), "--tenant", "acme", "--detector", "openai-moderation"]
            command = [comply_db, "--dsn", server.dsn("load", "bench_service"), *arguments, "--model", model]
            admin.execute("checkpoint")
            seconds["load"].append(_timed(lambda command=command: _run(command)))
            seconds["python_start"].append(_timed(lambda: _run([comply_db, "--version"])))

            source = f"select * from comply.storage_records where model_version = '{model}'"
            with rows.open("wb") as file, admin.cursor().copy(f"copy ({source}) to stdout") as copy:
                file.writelines(copy)
            admin.execute("checkpoint")
            with psycopg.connect(server.dsn("load", "bench_service"), autocommit=True) as conn:
                seconds["copy"].append(_timed(lambda conn=conn, rows=rows: _copy(conn, rows)))
    return seconds


def _line(chance: random.Random) -> str:
    record = {
        "source_data_hash": hashlib.sha256(chance.randbytes(16)).hexdigest(),
        "labels": {
            name: int(chance.random() < 0.1)
            for name in ("sexual", "hate", "violence", "harassment", "self-harm", "sexual/minors")
        },
    }
    return json.dumps(record) + "\n"


def _copy(conn: psycopg.Connection, rows: Path) -> None:
    with rows.open("rb") as file, conn.cursor().copy("copy bench.bare from stdin") as copy:
        while chunk := file.read(1 << 18):
            copy.write(chunk)


def _run(command: list[Any]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[3]}: exit code {done.returncode}: {done.stderr}")


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _report(results: dict[int, dict[str, Any]]) -> str:
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What does an isolated, checked, audited record cost?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Read ratios: 1 is as fast as the\n"
        "bare table, 0.5 takes twice as long. README.md says what is compared.\n\n"
        f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}, {machine['at']}.\n"
    )
    for result in results.values():
        settings = dict(result["settings"])
        text += f"\n## PostgreSQL {settings.pop('server_version')}\n\n"
        text += ", ".join(f"{name} = {value}" for name, value in settings.items()) + f". {ROUNDS} rounds.\n"
        for shape, title in (
            ("single", "One record a transaction"),
            ("batch", f"{BATCH} records a statement"),
        ):
            text += f"\n### {title}\n\n" + _inserts_table(result["inserts"], shape)
        text += "\n### Space\n\n" + harness.table(
            ["table", "bytes a row, indexes included"],
            [[name, f"{size:,.0f}"] for name, size in result["bytes_per_row"].items()],
        )
        text += "\n### Load\n\n" + _load_table(result["load"])
    return text


def _inserts_table(inserts: dict[str, Any], shape: str) -> str:
    unit = 1e6 if shape == "single" else 1e6 / BATCH
    rows = []
    for commit, by_shape in inserts.items():
        for variant, seconds in by_shape[shape].items():
            middle, low, high = (value * unit for value in harness.spread(seconds))
            ratio = harness.median_ratio(by_shape[shape]["bare"], seconds)
            rows.append(
                [COMMITS[commit], variant, f"{middle:.1f}", f"{low:.1f} to {high:.1f}", f"{ratio:.2f}"]
            )
    return harness.table(["commit", "variant", "us a row", "quartiles", "ratio"], rows, texts=2)


def _load_table(load: dict[str, list[float]]) -> str:
    copy, whole, start = (load[name] for name in ("copy", "load", "python_start"))
    inside = [w - s for w, s in zip(whole, start, strict=True)]
    rows = [
        [name, f"{statistics.median(seconds):.2f}", f"{harness.median_ratio(copy, seconds):.2f}"]
        for name, seconds in (
            ("COPY into the bare table", copy),
            ("comply-db load, the whole command", whole),
            ("comply-db load, without Python's start", inside),
        )
    ]
    return f"{LINES:,} lines a round, {LOADS} rounds.\n\n" + harness.table(["", "s", "ratio"], rows)


if __name__ == "__main__":
    main()
