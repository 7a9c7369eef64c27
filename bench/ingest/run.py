#!/usr/bin/env python3
"""What does it cost to write a record that is isolated, checked, audited and counted?

Beside the bare table, and beside the row trigger that everybody writes, by one client and by more; then
`comply-db load` beside COPY. Every measure is a round in which all variants run, in random order.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness
import writing

HERE = Path(__file__).parent
ROUNDS, SINGLES, BATCHES = harness.sized((25, 300, 4), (11, 200, 3), (3, 50, 2))
LOADS, LINES = harness.sized((7, 100_000), (0, 0), (2, 5_000))
CLIENTS = harness.sized((1, 2, 4, 8, 16), (), (1, 4))
CLIENT_ROUNDS, CLIENT_SECONDS = harness.sized((7, 2), (0, 0), (1, 1))
BATCH = 1000
COMMITS = {
    "on": "synchronous_commit = on",
    "slow": "synchronous_commit = on, commit_delay = 1 ms",
    "off": "synchronous_commit = off",
}
MEASURED = harness.sized(tuple(COMMITS), ("off",), tuple(COMMITS))
SHAPES = {"single": "one record a transaction", "batch": f"{BATCH:,} records a statement"}
VARIANTS = {"bare": "bench.bare", "trigger": "bench.triggered", "comply": "comply.storage_records"}
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
TENANT = "(array['acme', 'globex', 'initech'])[:t]"


def measure(major: int) -> dict[str, Any]:
    """Return what inserts and loads take on one major version.

    Of `inserts`, `clients` and `load`, only what the arguments name, beside what is kept of the others.
    """
    parts = {"inserts": MEASURED, "clients": CLIENTS, "load": LOADS}
    named = harness.named(parts)
    asked = [part for part in named or parts if parts[part]]
    with harness.server("ingest", major) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            found = {"machine": harness.machine(), "settings": harness.settings_of(admin, SETTINGS)}
        if "inserts" in asked:
            found |= _measure_inserts(server)
        if "clients" in asked:
            found |= _measure_clients(server)
        if "load" in asked:
            found["load"] = {"lines": LINES} | _measure_loads(server)
    return harness.beside_kept(HERE, major, named, found)


def _prepare(admin: psycopg.Connection) -> None:
    admin.execute((HERE / "tables.sql").read_text(encoding="utf-8"))
    for tenant in writing.TENANTS:
        admin.execute("select comply.add_tenant(%s)", [tenant])


def _measure_inserts(server: Any) -> dict[str, Any]:
    harness.deploy(server, "ingest")
    with psycopg.connect(server.dsn("ingest"), autocommit=True) as admin:
        _prepare(admin)
        return {
            "rounds": ROUNDS,
            "batch": BATCH,
            "inserts": {commit: _insert(server, admin, commit) for commit in MEASURED},
            "bytes_per_row": _bytes_per_row(admin),
        }


def _insert(server: Any, admin: psycopg.Connection, commit: str) -> dict[str, Any]:
    admin.execute(f"alter system set commit_delay = {1000 if commit == 'slow' else 0}")
    admin.execute("alter system set commit_siblings = 0")
    admin.execute("select pg_reload_conf()")
    chance = random.Random(1)  # noqa: S311
    writers = {
        variant: writing.Writer(
            server.dsn("ingest", "bench_service"),
            {
                "single": f"insert into {table} {writing.INSERT_ONE}",
                "batch": f"insert into {table} {writing.INSERT_MANY}",
            },
            enters=variant == "comply",
            commit="off" if commit == "off" else "on",
        )
        for variant, table in VARIANTS.items()
    }
    seconds: dict[str, dict[str, list[float]]] = {
        shape: {variant: [] for variant in VARIANTS} for shape in SHAPES
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
                    write(shape, context, values)
                if round_no >= 0:
                    seconds[shape][variant].append((time.perf_counter() - began) / len(transactions))
        # What is queued is taken by a refresh, as it is every minute where one is scheduled.
        admin.execute("call comply.refresh_rollups()")
    for writer in writers.values():
        writer.conn.close()
    return seconds


def _context(record: tuple[str, ...]) -> list[bytes]:
    return [record[0].encode(), b"alice@example.com", record[-1].encode()]


def _single(chance: random.Random) -> tuple[list[bytes], list[bytes]]:
    record = writing.record(chance, chance.choice(writing.TENANTS))
    return _context(record), [value.encode() for value in record]


def _batch(chance: random.Random) -> tuple[list[bytes], list[bytes]]:
    tenant = chance.choice(writing.TENANTS)
    records = [writing.record(chance, tenant) for _ in range(BATCH)]
    return _context(records[0]), writing.arrays(records)


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


def _measure_clients(server: Any) -> dict[str, Any]:
    """Return records a second, and how many processors worked, by shape, number of clients and variant.

    Each round is in a fresh database.
    """
    harness.deploy(server, "empty")
    with psycopg.connect(server.dsn("empty"), autocommit=True) as admin:
        _prepare(admin)
    chance = random.Random(3)  # noqa: S311
    rates, processors = (
        {s: {str(n): {v: [] for v in VARIANTS} for n in CLIENTS} for s in SHAPES} for _ in range(2)
    )
    steps = [(s, n, v) for s in SHAPES for n in CLIENTS for v in VARIANTS]
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for round_no in range(CLIENT_ROUNDS):
            print(f"   clients, round {round_no + 1} of {CLIENT_ROUNDS}", file=sys.stderr, flush=True)
            admin.execute("create database run template empty")
            for shape, clients, variant in chance.sample(steps, len(steps)):
                script = _script(shape, variant)
                worked, began = harness.busy(), time.perf_counter()
                rate = writing.pgbench(server, "run", "bench_service", script, clients, CLIENT_SECONDS)
                share = (harness.busy() - worked) / (time.perf_counter() - began)
                rates[shape][str(clients)][variant].append(rate * (1 if shape == "single" else BATCH))
                processors[shape][str(clients)][variant].append(share)
            admin.execute("drop database run with (force)")
    return {"clients": rates, "processors": processors}


def _script(shape: str, variant: str) -> str:
    """Return a script for pgbench, whose values the server makes: about 3 us a record, for all alike."""
    number, rows = (":n::int", "") if shape == "single" else ("i", f"from generate_series(1, {BATCH}) as i")
    enter = f"select comply.enter({TENANT});" if variant == "comply" else ""
    return rf"""
\set t random(1, 3)
\set n random(1, 1000)
begin;
{enter}
insert into {VARIANTS[variant]} ({", ".join(writing.COLUMNS)})
select {TENANT}, md5(random()::text) || md5(random()::text), 'openai-moderation', 'omni-2024-09-26',
  '{{"labels": ["HARM.SPEECH.Insult"], "scores": {{"hate": 0.91}}}}'::jsonb, {number} / 1000.0,
  jsonb_build_object('channel', 'chat', 'latency_ms', {number}), 'westeurope', gen_random_uuid()
{rows};
commit;
"""


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


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What does an isolated, checked, audited record cost?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Read ratios: 1 is as fast as the\n"
        "bare table, 0.5 takes twice as long. README.md says what is compared.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"]) + ".\n"
        for shape, title in SHAPES.items() if "inserts" in result else ():
            text += f"\n### {title.capitalize()}, one client\n\n{result['rounds']} rounds.\n\n"
            text += _inserts_table(result, shape)
        for shape, title in SHAPES.items() if "clients" in result else ():
            text += f"\n### {title.capitalize()}, more clients\n\n"
            text += _clients_table(result["clients"][shape], result["processors"][shape])
        if "bytes_per_row" in result:
            text += "\n### Space\n\n" + harness.table(
                ["table", "bytes a row, indexes included"],
                [[name, f"{size:,.0f}"] for name, size in result["bytes_per_row"].items()],
            )
        if "load" in result:
            text += "\n### Load\n\n" + _load_table(result["load"])
    return text


def _inserts_table(result: dict[str, Any], shape: str) -> str:
    unit = 1e6 if shape == "single" else 1e6 / result.get("batch", BATCH)
    rows = []
    for commit, by_shape in result["inserts"].items():
        for variant, seconds in by_shape[shape].items():
            middle, low, high = (value * unit for value in harness.spread(seconds))
            ratio = harness.median_ratio(by_shape[shape]["bare"], seconds)
            rows.append(
                [COMMITS[commit], variant, f"{middle:.1f}", f"{low:.1f} to {high:.1f}", f"{ratio:.2f}"]
            )
    return harness.table(["commit", "variant", "us a row", "quartiles", "ratio"], rows, texts=2)


def _clients_table(
    by_clients: dict[str, dict[str, list[float]]], processors: dict[str, dict[str, list[float]]]
) -> str:
    """Return rates, each beside the bare table's and beside what one client of the variant writes.

    And what the processors work for a record, the client's work included, and how many of them are at work.
    """
    alone = next(iter(by_clients.values()))
    rows = []
    for clients, rates in by_clients.items():
        for variant, values in rates.items():
            middle, low, high = harness.spread(values)
            worked = statistics.median(processors[clients][variant])
            rows.append(
                [
                    variant,
                    clients,
                    f"{middle:,.0f}",
                    f"{low:,.0f} to {high:,.0f}",
                    f"{harness.median_ratio(values, rates['bare']):.2f}",
                    f"{harness.median_ratio(values, alone[variant]):.2f}",
                    f"{worked:.2f}",
                    f"{1e6 * worked / middle:,.0f}",
                ]
            )
    rows.sort(key=lambda row: (list(VARIANTS).index(row[0]), int(row[1])))
    header = ["variant", "clients", "records a second", "quartiles", "of the bare table", "of one client"]
    header += ["processors at work", "us of processor a record"]
    return harness.table(header, rows)


def _load_table(load: dict[str, Any]) -> str:
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
    lines = load.get("lines", LINES)
    return f"{lines:,} lines a round, {len(copy)} rounds.\n\n" + harness.table(["", "s", "ratio"], rows)


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return how fast comply writes beside the bare table and beside the trigger, round by round."""
    found = {}
    for commit, by_shape in result.get("inserts", {}).items():
        for shape, seconds in by_shape.items():
            for other in ("bare", "trigger"):
                name = f"{SHAPES[shape]}, {COMMITS[commit]}, beside {other}"
                found[name] = harness.by_round(seconds[other], seconds["comply"])
    for shape, by_clients in result.get("clients", {}).items():
        for clients, rates in by_clients.items():
            name = f"{SHAPES[shape]}, {clients} clients, beside bare"
            found[name] = harness.by_round(rates["comply"], rates["bare"])
    if "load" in result:
        found["load, beside COPY"] = harness.by_round(result["load"]["copy"], result["load"]["load"])
    return found


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what came out, in a few lines."""
    found = {}
    for shape, title in SHAPES.items() if "inserts" in result else ():
        commit = "on" if "on" in result["inserts"] else next(iter(result["inserts"]))
        seconds = result["inserts"][commit][shape]
        records = 1 if shape == "single" else result.get("batch", BATCH)
        ratio = {v: harness.median_ratio(seconds["bare"], seconds[v]) for v in ("trigger", "comply")}
        found[f"{title}, beside a bare table"] = (
            f"{1e6 * statistics.median(seconds['comply']) / records:,.0f} us a record, {ratio['comply']:.2f} "
            f"of the speed; a jsonb row trigger {ratio['trigger']:.2f}"
        )
    for shape, by_clients in result.get("clients", {}).items():
        most = max(by_clients, key=int)
        growth = {
            v: harness.median_ratio(by_clients[most][v], by_clients["1"][v]) for v in ("bare", "comply")
        }
        rate = statistics.median(by_clients[most]["comply"])
        worked = statistics.median(result["processors"][shape][most]["comply"])
        found[f"{SHAPES[shape]}: from 1 to {most} clients"] = (
            f"{growth['comply']:.1f} times the records a second, the bare table {growth['bare']:.1f} times; "
            f"{worked:.1f} processors are at work, {1e6 * worked / rate:,.0f} us for each record"
        )
    if "load" in result:
        load = result["load"]
        found["comply-db load, beside COPY of the same rows into the bare table"] = (
            f"{load.get('lines', LINES) / statistics.median(load['load']):,.0f} lines a second, "
            f"{harness.median_ratio(load['copy'], load['load']):.2f} of the speed"
        )
    return found


if __name__ == "__main__":
    harness.main(HERE, measure, report)
