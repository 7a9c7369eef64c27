#!/usr/bin/env python3
"""What do the writes cost that are no plain inserts: one hot row, thousands of rows at once, large values?

Beside the bare table, the row trigger that everybody writes, and pgaudit where it is installed. Every measure
is a round in which all variants run, in random order.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from comply_db import embedded

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness
import writing

HERE = Path(__file__).parent
INGEST = HERE.parent / "ingest" / "tables.sql"
ROUNDS = harness.sized(11, 7, 2)
ROWS = harness.sized(10_000, 1_000, 500)
WIDE = harness.sized(40, 15, 5)
WIDE_BYTES = 64 * 1024
HOT_CLIENTS, HOT_SECONDS = harness.sized(((1, 8), 2), ((), 0), ((1, 4), 1))
TENANT = "acme"
TABLES = {
    "bare": "bench.bare",
    "trigger": "bench.triggered",
    "pgaudit": "bench.logged",
    "comply": "comply.storage_records",
}
KINDS = {
    "update": "update of {rows:,} rows, one statement",
    "delete": "delete of {rows:,} rows, one statement",
    "wide": "insert of one record with {kib} KiB of metadata",
    "around": "update of one column beside {kib} KiB of metadata",
}
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "autovacuum")
# What is logged of a prepared statement is nothing without its values.
LOGGED = ("pgaudit.log = 'write'", "pgaudit.log_parameter = on", "pgaudit.log_catalog = off")
SYLLABLES = [f"{a}{b}" for a in "bcdfghklmnprstvw" for b in "aeiou"]
WORDS = ["".join(random.Random(n).choices(SYLLABLES, k=2 + n % 3)) for n in range(3000)]  # noqa: S311


def measure(major: int) -> dict[str, Any]:
    """Return what changes, deletes and large values take on one major version."""
    settings = {"max_wal_size": "4GB", "shared_buffers": "512MB"}
    variants = [v for v in TABLES if v != "pgaudit" or _is_installed(major, "pgaudit.so")]
    if "pgaudit" in variants:
        settings["shared_preload_libraries"] = "pgaudit"
    with harness.server("writes", major, settings) as server:
        harness.deploy(server, "writes")
        with psycopg.connect(server.dsn("writes"), autocommit=True) as admin:
            admin.execute(INGEST.read_text(encoding="utf-8"))
            admin.execute((HERE / "tables.sql").read_text(encoding="utf-8"))
            for setting in LOGGED if "pgaudit" in variants else ():
                admin.execute(f"alter role bench_logged set {setting}")
            admin.execute("select comply.add_tenant(%s)", [TENANT])
            result: dict[str, Any] = {
                "machine": harness.machine(),
                "settings": harness.settings_of(admin, SETTINGS),
                "rounds": ROUNDS,
                "rows": ROWS,
                "wide_bytes": WIDE_BYTES,
                "seconds": _measure_statements(server, admin, variants),
            }
            if HOT_CLIENTS:
                result["hot"] = _measure_hot(server, admin, variants)
            result["bytes"] = _bytes(server, admin, variants)
    return result


def _is_installed(major: int, library: str) -> bool:
    found = embedded.find(major, cache=harness.ROOT / ".cache")
    return any((found.bin.parent / "lib").rglob(library))


def _user(variant: str) -> str:
    return "bench_logged" if variant == "pgaudit" else "bench_service"


def _writers(server: Any, variants: list[str]) -> dict[str, writing.Writer]:
    return {
        variant: writing.Writer(
            server.dsn("writes", _user(variant)),
            {
                "insert": f"insert into {TABLES[variant]} {writing.INSERT_ONE}",
                "fill": f"insert into {TABLES[variant]} {writing.INSERT_MANY}",
                "update": f"update {TABLES[variant]} set confidence_score = $3::float8"
                " where tenant_id = $1 and model_version = $2",
                "delete": f"delete from {TABLES[variant]} where tenant_id = $1 and model_version = $2",
            },
            enters=variant == "comply",
        )
        for variant in variants
    }


def _measure_statements(
    server: Any, admin: psycopg.Connection, variants: list[str]
) -> dict[str, dict[str, list[float]]]:
    """Fill each table anew every round, change the rows, delete them; then large ones, one by one."""
    chance = random.Random(1)  # noqa: S311
    writers = _writers(server, variants)
    seconds: dict[str, dict[str, list[float]]] = {kind: {v: [] for v in variants} for kind in KINDS}
    for round_no in range(-1, ROUNDS):
        print(f"   statements, round {round_no + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        rows = [writing.record(chance, TENANT, f"round-{round_no}") for _ in range(ROWS)]
        wide = [_wide(chance, f"wide-{round_no}-{number}") for number in range(WIDE)]
        context = [TENANT.encode(), b"alice@example.com", rows[0][-1].encode()]
        for variant in variants:
            writers[variant].write("fill", context, writing.arrays(rows))
        admin.execute("call comply.refresh_rollups()")
        model = f"round-{round_no}".encode()
        work = {
            "update": [("update", [TENANT.encode(), model, b"0.5"])],
            "delete": [("delete", [TENANT.encode(), model])],
            "wide": [("insert", [value.encode() for value in record]) for record in wide],
            "around": [("update", [TENANT.encode(), record[3].encode(), b"0.5"]) for record in wide],
        }
        for kind, statements in work.items():
            for variant in chance.sample(variants, len(variants)):
                began = time.perf_counter()
                for statement, values in statements:
                    writers[variant].write(statement, context, values)
                if round_no >= 0:
                    seconds[kind][variant].append((time.perf_counter() - began) / len(statements))
    for writer in writers.values():
        writer.conn.close()
    return seconds


def _wide(chance: random.Random, model: str) -> tuple[str, ...]:
    """Return a record whose metadata is as large as a conversation, of words that compress as texts do."""
    messages = [
        {"role": "user", "content": " ".join(chance.choices(WORDS, k=700))[:4000]}
        for _ in range(WIDE_BYTES // 4096)
    ]
    values = list(writing.record(chance, TENANT, model))
    values[writing.COLUMNS.index("metadata")] = json.dumps({"messages": messages})
    return tuple(values)


def _measure_hot(
    server: Any, admin: psycopg.Connection, variants: list[str]
) -> dict[str, dict[str, list[float]]]:
    """Return how often a second some clients, each in turn, change the same row."""
    chance = random.Random(2)  # noqa: S311
    record = writing.record(chance, TENANT, "hot")
    for writer in _writers(server, variants).values():
        writer.write("insert", [TENANT.encode(), b"alice", record[-1].encode()], [v.encode() for v in record])
        writer.conn.close()
    rates: dict[str, dict[str, list[float]]] = {str(n): {v: [] for v in variants} for n in HOT_CLIENTS}
    for round_no in range(ROUNDS):
        # None is to wade through what earlier rounds left; and what is queued goes, as it does every minute.
        admin.execute(f"vacuum {', '.join(TABLES[variant] for variant in variants)}")
        admin.execute("call comply.refresh_rollups()")
        print(f"   one hot row, round {round_no + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        for clients, variant in chance.sample(_pairs(variants), len(_pairs(variants))):
            rate = writing.pgbench(
                server, "writes", _user(variant), _hot_script(variant), clients, HOT_SECONDS
            )
            rates[str(clients)][variant].append(rate)
    return rates


def _pairs(variants: list[str]) -> list[tuple[int, str]]:
    return [(clients, variant) for clients in HOT_CLIENTS for variant in variants]


def _hot_script(variant: str) -> str:
    enter = f"select comply.enter('{TENANT}');" if variant == "comply" else ""
    return rf"""
\set n random(1, 1000)
begin;
{enter}
update {TABLES[variant]} set confidence_score = :n / 1000.0
where tenant_id = '{TENANT}' and model_version = 'hot';
commit;
"""


def _bytes(server: Any, admin: psycopg.Connection, variants: list[str]) -> dict[str, dict[str, float]]:
    """Return the bytes of evidence that one insert and one update of a wide row leave."""
    chance = random.Random(3)  # noqa: S311
    writers = _writers(server, variants)
    found: dict[str, dict[str, float]] = {kind: {} for kind in ("wide", "around")}
    for variant in variants:
        if variant == "bare":
            continue
        for kind, statements in _wide_work(chance):
            before = _evidence(server, admin, variant)
            for context, statement, values in statements:
                writers[variant].write(statement, context, values)
            found[kind][variant] = (_evidence(server, admin, variant) - before) / len(statements)
    for writer in writers.values():
        writer.conn.close()
    return found


def _wide_work(
    chance: random.Random,
) -> Iterator[tuple[str, list[tuple[list[bytes], str, list[bytes]]]]]:
    records = [_wide(chance, f"bytes-{chance.random()}") for _ in range(WIDE)]
    context = [TENANT.encode(), b"alice@example.com", records[0][-1].encode()]
    yield "wide", [(context, "insert", [value.encode() for value in record]) for record in records]
    yield (
        "around",
        [(context, "update", [TENANT.encode(), record[3].encode(), b"0.25"]) for record in records],
    )


def _evidence(server: Any, admin: psycopg.Connection, variant: str) -> int:
    """Return how large the tables, or the file, are that tell of what a variant wrote."""
    if variant == "pgaudit":
        return (server.home / "server.log").stat().st_size
    table = "comply.audit_trail" if variant == "comply" else "bench.audit_log"
    query = """
      select coalesce(sum(pg_total_relation_size(t.relid)), 0)::bigint
      from pg_partition_tree(%(t)s) as t
      union all
      select pg_total_relation_size(%(t)s)
    """
    return max(size for (size,) in admin.execute(query, {"t": table}).fetchall())


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What do changes, deletes and large values cost?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Read ratios: 1 is as fast as the\n"
        "bare table, 0.5 takes twice as long. README.md says what is compared.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"])
        text += f". {result['rounds']} rounds.\n\n"
        for kind, seconds in result["seconds"].items():
            title = _title(result, kind)
            text += f"### {title[0].upper()}{title[1:]}\n\n" + _seconds_table(seconds) + "\n"
        if "hot" in result:
            text += "### Updates of one hot row\n\n" + _hot_table(result["hot"]) + "\n"
        text += f"### What tells of it, {result['wide_bytes'] // 1024} KiB\n\n" + harness.table(
            ["variant", "bytes an insert", "bytes an update"],
            [
                [variant, f"{size:,.0f}", f"{result['bytes']['around'][variant]:,.0f}"]
                for variant, size in result["bytes"]["wide"].items()
            ],
        )
    return text


def _title(result: dict[str, Any], kind: str) -> str:
    return KINDS[kind].format(rows=result["rows"], kib=result["wide_bytes"] // 1024)


def _seconds_table(seconds: dict[str, list[float]]) -> str:
    rows = []
    for variant, values in seconds.items():
        middle, low, high = (value * 1000 for value in harness.spread(values))
        ratio = harness.median_ratio(seconds["bare"], values)
        rows.append([variant, f"{middle:,.2f}", f"{low:,.2f} to {high:,.2f}", f"{ratio:.2f}"])
    return harness.table(["variant", "ms a transaction", "quartiles", "ratio"], rows)


def _hot_table(hot: dict[str, dict[str, list[float]]]) -> str:
    rows = []
    for clients, rates in hot.items():
        for variant, values in rates.items():
            middle, low, high = harness.spread(values)
            ratio = harness.median_ratio(values, rates["bare"])
            rows.append([variant, clients, f"{middle:,.0f}", f"{low:,.0f} to {high:,.0f}", f"{ratio:.2f}"])
    return harness.table(["variant", "clients", "updates a second", "quartiles", "ratio"], rows)


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return how fast comply writes beside each of the others, round by round."""
    found = {}
    for kind, seconds in result["seconds"].items():
        for other in seconds:
            if other != "comply":
                name = f"{_title(result, kind)}, beside {other}"
                found[name] = harness.by_round(seconds[other], seconds["comply"])
    for clients, rates in result.get("hot", {}).items():
        for other in rates:
            if other != "comply":
                name = f"one hot row, {clients} clients, beside {other}"
                found[name] = harness.by_round(rates["comply"], rates[other])
    return found


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what came out, in a few lines."""
    found = {}
    for kind, seconds in result["seconds"].items():
        beside = ", ".join(
            f"{harness.median_ratio(values, seconds['comply']):.2f} of {variant}"
            for variant, values in seconds.items()
            if variant != "comply"
        )
        middle = 1000 * statistics.median(seconds["comply"])
        found[_title(result, kind)] = f"{middle:,.1f} ms; the speed is {beside}"
    for clients, rates in result.get("hot", {}).items():
        beside = harness.median_ratio(rates["comply"], rates["bare"])
        found[f"updates of one hot row, {clients} clients"] = (
            f"{statistics.median(rates['comply']):,.0f} a second, {beside:.2f} of the bare table's"
        )
    return found


if __name__ == "__main__":
    harness.main(HERE, measure, report)
