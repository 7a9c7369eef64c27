#!/usr/bin/env python3
"""What do rollups cost those who write, what does a refresh cost, and what does a dashboard wait for?

Each beside what it is to be compared with, in the same rounds: a database without the triggers, one of a
tenth of the records, and the records themselves.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS, SINGLES, CALLS = harness.sized((21, 300, 60), (11, 100, 0), (3, 50, 5))
SIZES = harness.sized((1_000_000, 10_000_000), (10_000, 100_000), (5_000, 50_000))
TENANTS, MONTHS = harness.sized((1000, 24), (100, 3), (1000, 24))
COUNTING = ("_600_count_insert", "_610_count_update", "_620_count_delete")
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "autovacuum")
INSERT = (
    'insert into comply.storage_records (tenant_id, "timestamp", source_data_hash, detector_type,'
    " model_version, mapped_data, confidence_score)"
    " select 'sample-0001', now() - n * interval '1 second', repeat(md5(n::text), 2), 'presidio', '2.8',"
    ' case when n %% 4 = 0 then \'{"labels": ["PII.Person.Name", "PII.Contact.Email"]}\'::jsonb'
    ' else \'{"labels": ["OTHER.Safe"]}\' end, (n %% 100) / 100.0 from generate_series(1, %s) as n'
)
# The newest records, which are in few hours; and one value a round, so that each is a change.
UPDATE = (
    "update comply.storage_records set confidence_score = %s"
    ' where (tenant_id, "timestamp", id) in (select tenant_id, "timestamp", id from comply.storage_records'
    " where tenant_id = 'sample-0001' order by \"timestamp\" desc limit %s)"
)
CHANGES = {
    "1 new": (INSERT, 1),
    "1,000 new": (INSERT, 1000),
    "10,000 new": (INSERT, 10000),
    "1 changed": (UPDATE, 1),
    "1,000 changed": (UPDATE, 1000),
}
if harness.SIZE == "check":
    del CHANGES["10,000 new"]
WRITES = {
    "single": "one record a transaction",
    "batch": "1,000 records a statement",
    "update": "1,000 records changed",
}
READERS = {
    "largest tenant": ("comply_app", "sample-0001"),
    "small tenant": ("comply_app", "sample-0300"),
    "analyst": ("comply_analyst", None),
}
DAYS = "current_date - {0}, current_date + 1"
DASHBOARDS = {
    "by hour, 7 days": "select * from comply.activity_by_hour(now() - interval '7 days', now())",
    "by day, 30 days": f"select * from comply.activity_by_day({DAYS.format(30)})",
    "by day, 365 days": f"select * from comply.activity_by_day({DAYS.format(365)})",
    "by detector, 30 days": f"select * from comply.activity_by_detector({DAYS.format(30)})",
    "by label, 30 days": f"select * from comply.activity_by_label({DAYS.format(30)})",
    "by tenant, 7 days": f"select * from comply.activity_by_tenant({DAYS.format(7)})",
    "by tenant, 30 days": f"select * from comply.activity_by_tenant({DAYS.format(30)})",
    "last seven days": "select * from comply.last_seven_days",
}
RECORDS = (
    "select date_trunc('day', \"timestamp\"), count(*),"
    " count(*) filter (where mapped_data -> 'labels' <> '[\"OTHER.Safe\"]'), avg(confidence_score)"
    ' from comply.storage_records where "timestamp" >= current_date - 30 group by 1'
)


BYTES = """
select 'records', sum(pg_total_relation_size(i.inhrelid))::bigint
from pg_inherits as i
where i.inhparent = 'comply.storage_records'::regclass
union all
select c.relname, pg_total_relation_size(c.oid)
from pg_class as c
where c.relnamespace = 'comply_private'::regnamespace
  and c.relname ~ '^((hourly|daily)_(label_|tenant_)?rollups|rollup_totals|last_seven_days)$'
"""


def measure(major: int) -> dict[str, Any]:
    """Run every part on one major version."""
    with harness.server("rollups", major, {"max_wal_size": "4GB"}) as server:
        return _measure(server)


def _measure(server: Any) -> dict[str, Any]:
    result: dict[str, Any] = {
        "machine": harness.machine(),
        "rounds": ROUNDS,
        "sizes": list(SIZES),
        "sample": {},
    }
    names = ("small", "large")
    for name, records in zip(names, SIZES, strict=True):
        harness.deploy(server, name)
        with psycopg.connect(server.dsn(name), autocommit=True) as admin:
            result["settings"] = harness.settings_of(admin, SETTINGS)
            made = _seconds(admin, f"select comply.generate_sample({TENANTS}, {records}, {MONTHS}, 1)")
            counted = _seconds(admin, "call comply.refresh_rollups()")
            result["sample"][name] = {"records": records, "made": made, "counted": counted}
            result["sample"][name]["bytes"] = dict(admin.execute(BYTES).fetchall())
            admin.execute("vacuum analyze")
            result["sample"][name]["verified"] = _verify(admin)
    result["ingest"] = _measure_ingest(server)
    result["refresh"] = _measure_refreshes(server, names)
    if CALLS:
        result["dashboard"] = _measure_dashboards(server)
    return result


def _seconds(conn: psycopg.Connection, statement: str, values: list[Any] | None = None) -> float:
    began = time.perf_counter()
    cursor = conn.execute(statement, values)
    if cursor.description:
        cursor.fetchall()
    return time.perf_counter() - began


def _verify(conn: psycopg.Connection) -> float:
    """Return how long it takes to find that nothing differs."""
    began = time.perf_counter()
    if differences := conn.execute("select * from comply.verify_rollups()").fetchall():
        raise RuntimeError(f"rollups differ: {differences[0]}")
    return time.perf_counter() - began


def _measure_refreshes(server: Any, names: tuple[str, ...]) -> dict[str, dict[str, list[float]]]:
    """Change the same in both databases, then refresh both, in random order."""
    chance = random.Random(1)  # noqa: S311
    conns = {name: psycopg.connect(server.dsn(name), autocommit=True) for name in names}
    seconds: dict[str, dict[str, list[float]]] = {change: {name: [] for name in names} for change in CHANGES}
    for round_no in range(-2, ROUNDS):
        for change, (statement, rows) in CHANGES.items():
            value = [(round_no + 2) / 100] if statement == UPDATE else []
            for name in chance.sample(names, len(names)):
                conns[name].execute(statement, [*value, rows])
                took = _seconds(conns[name], "call comply.refresh_rollups()")
                if round_no >= 0:
                    seconds[change][name].append(took)
    # The larger one takes long, and has been verified.
    _verify(conns[names[0]])
    for conn in conns.values():
        conn.close()
    return seconds


def _measure_dashboards(server: Any) -> dict[str, dict[str, list[float]]]:
    chance = random.Random(3)  # noqa: S311
    seconds: dict[str, dict[str, list[float]]] = {}
    for reader, (role, tenant) in READERS.items():
        questions = {
            name: question for name, question in DASHBOARDS.items() if not tenant or "by tenant" not in name
        }
        if tenant:
            questions["by day, 30 days, of the records"] = RECORDS
        with psycopg.connect(server.dsn("large")) as conn:
            conn.execute(f"set local role {role}")
            if tenant:
                conn.execute("select comply.enter(%s)", [tenant])
            seconds[reader] = {name: [] for name in questions}
            for round_no in range(-2, CALLS):
                for name in chance.sample(list(questions), len(questions)):
                    took = _seconds(conn, questions[name])
                    if round_no >= 0:
                        seconds[reader][name].append(took)
            conn.rollback()
    return seconds


def _measure_ingest(server: Any) -> dict[str, dict[str, list[float]]]:
    """Write the same to a database whose triggers count, and to a like one without them, in random order."""
    chance = random.Random(2)  # noqa: S311
    variants = ("counted", "not counted")
    conns = {}
    for variant in variants:
        name = variant.replace(" ", "_")
        harness.deploy(server, name)
        conns[variant] = psycopg.connect(server.dsn(name), autocommit=True)
        conns[variant].execute("select comply.add_tenant('sample-0001')")
    tables = conns["not counted"].execute(
        "select 'comply.storage_records' union all select inhrelid::regclass::text from pg_inherits"
        " where inhparent = 'comply.storage_records'::regclass"
    )
    for (table,) in tables.fetchall():
        for trigger in COUNTING:
            conns["not counted"].execute(f"alter table {table} disable trigger {trigger}")
    seconds: dict[str, dict[str, list[float]]] = {shape: {v: [] for v in variants} for shape in WRITES}
    for round_no in range(-2, ROUNDS):
        for shape in WRITES:
            for variant in chance.sample(variants, len(variants)):
                conn = conns[variant]
                if shape == "single":
                    took = sum(_seconds(conn, INSERT, [1]) for _ in range(SINGLES)) / SINGLES
                elif shape == "batch":
                    took = _seconds(conn, INSERT, [1000])
                else:
                    took = _seconds(conn, UPDATE, [(round_no + 2) / 100, 1000])
                if round_no >= 0:
                    seconds[shape][variant].append(took)
        # What is queued is taken by a refresh, as it is where one is scheduled.
        conns["counted"].execute("call comply.refresh_rollups()")
    for conn in conns.values():
        conn.close()
    return seconds


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return what counting adds to writing, how refreshes grow, and what dashboards save."""
    found = {
        f"{WRITES[shape]}, not counted / counted": harness.by_round(s["not counted"], s["counted"])
        for shape, s in result["ingest"].items()
    }
    found |= {
        f"refresh after {change}, of a tenth / of all": harness.by_round(s["small"], s["large"])
        for change, s in result["refresh"].items()
    }
    for reader, seconds in result.get("dashboard", {}).items():
        if records := seconds.get("by day, 30 days, of the records"):
            found[f"by day, {reader}, of the records / of rollups"] = harness.by_round(
                records, seconds["by day, 30 days"]
            )
    return found


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what came out, in a few lines."""
    batch = result["ingest"]["batch"]
    slowest, question, reader = max(
        (_p95(s), question, reader)
        for reader, questions in result["dashboard"].items()
        for question, s in questions.items()
        if "records" not in question
    )
    sample = result["sample"]["large"]
    refresh = result["refresh"]["1,000 new"]
    grown = harness.median_ratio(refresh["small"], refresh["large"])
    return {
        "What counting adds to a batch of 1,000 records": f"{100 * (1 / _ratio(batch) - 1):.1f} %",
        f"The slowest dashboard over {sample['records']:,} records, 95th percentile": (
            f"{1000 * slowest:,.1f} ms: {question}, {reader}"
        ),
        "A refresh after 1,000 new records, of a tenth of the records / of all": f"{grown:.2f}",
        "Sample records made a second, indexes included": f"{sample['records'] / sample['made']:,.0f}",
    }


def _ms(seconds: list[float]) -> str:
    middle, low, high = (1000 * value for value in harness.spread(seconds))
    return f"{middle:,.2f} ({low:,.2f} to {high:,.2f})"


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    parts = ["# What do rollups cost, and what do they save?\n"]
    for major, result in sorted(results.items()):
        machine = result["machine"]
        parts += [
            f"\n## PostgreSQL {result['settings']['server_version']} ({major})\n",
            f"{machine['cpus']} x {machine['cpu']}, {machine['memory_gib']} GiB, {machine['at']}, "
            f"{result['rounds']} rounds; medians, with quartiles in brackets.\n",
            "### What counting adds to writing, in ms\n",
            harness.table(
                ["what is written", "without", "with", "without / with"],
                (
                    [WRITES[shape], _ms(s["not counted"]), _ms(s["counted"]), f"{_ratio(s):.2f}"]
                    for shape, s in result["ingest"].items()
                ),
            ),
            "### What a refresh takes after a change, in ms\n",
            harness.table(
                ["change", *(f"of {size:,} records" for size in result["sizes"])],
                ([change, *(_ms(s) for s in sizes.values())] for change, sizes in result["refresh"].items()),
            ),
            "### What a dashboard waits for, in ms\n",
            harness.table(
                ["who", "question", "median", "95th percentile"],
                (
                    [reader, question, f"{1000 * statistics.median(s):,.2f}", f"{1000 * _p95(s):,.2f}"]
                    for reader, questions in result["dashboard"].items()
                    for question, s in questions.items()
                ),
                texts=2,
            ),
            "### What the sample takes\n",
            harness.table(
                ["records", "made a second", "counted a second", "verified a second"],
                (
                    [
                        f"{s['records']:,}",
                        *(f"{s['records'] / s[done]:,.0f}" for done in ("made", "counted", "verified")),
                    ]
                    for s in result["sample"].values()
                ),
                texts=0,
            ),
            "### Bytes a record, indexes included\n",
            harness.table(
                ["", *(f"of {size:,} records" for size in result["sizes"])],
                (
                    [name, *(f"{s['bytes'][name] / s['records']:,.1f}" for s in result["sample"].values())]
                    for name in result["sample"]["large"]["bytes"]
                ),
            ),
        ]
    return "\n".join(parts)


def _ratio(seconds: dict[str, list[float]]) -> float:
    return harness.median_ratio(seconds["not counted"], seconds["counted"])


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


if __name__ == "__main__":
    harness.main(HERE, measure, report)
