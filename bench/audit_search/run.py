#!/usr/bin/env python3
"""How fast does comply.audit_search() answer on 10 million rows, and what do its indexes cost an insert?

Each question is asked with random parameters, by a login of the role that would ask it, so through row level
security; beside it what one writes by hand, with the same indexes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import statistics
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
MONTHS, ROWS_A_MONTH = harness.sized((24, 416_667), (3, 20_000), (3, 20_000))
ASKED, BY_HAND, PATIENCE_MS = harness.sized((100, 3, 3_000), (9, 9, 3_000), (5, 2, 5_000))
ROUNDS, BATCHES, SINGLES = harness.sized((30, 4, 200), (9, 1, 50), (3, 2, 50))
# The last month is over, so that the schema has made no partition for it.
FIRST_MONTH = "2024-11-01 00:00+00"
# The indexes alone must not decide what fits into memory: a server with 10 GB of trail has this much.
SERVER = {"shared_buffers": "1GB", "max_wal_size": "2GB"}
SETTINGS = ("server_version", "shared_buffers", "work_mem", "effective_cache_size", "random_page_cost", "jit")
TENANTS = {"large": "tenant-0001", "middle": "tenant-0020", "small": "tenant-0900"}
TABLES = ("storage_records", "detector_executions", "model_metrics", "tenant_configs")
COLUMNS = ("metadata", "backup_status", "blob_path", "mapped_data", "azure_region")
OPERATIONS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


def measure(major: int) -> dict[str, Any]:
    """Return what each question took, and what an insert takes with the indexes and without."""
    with harness.server("audit_search", major, SERVER) as server:
        return _measure(server)


def _measure(server: Any) -> dict[str, Any]:
    machine = harness.machine()
    ingest = _measure_ingest(server)
    harness.deploy(server, "trail")
    with psycopg.connect(server.dsn("trail"), autocommit=True) as admin:
        admin.execute((HERE / "rows.sql").read_text(encoding="utf-8"))
        began = time.perf_counter()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda month: _fill(server, month), range(MONTHS)))
        filled = time.perf_counter() - began
        admin.execute("vacuum (analyze) comply.audit_trail")
        for tenant in TENANTS.values():
            admin.execute("select comply.add_tenant(%s)", [tenant])
        for role in ("app", "auditor"):
            admin.execute(f"create role bench_{role} login in role comply_{role}")
        facts = admin.execute(FACTS).fetchone()
    chance = random.Random(1)  # noqa: S311
    questions = {name: _ask(server, chance, *question) for name, question in QUESTIONS.items()}
    pages = _turn_pages(server)
    with psycopg.connect(server.dsn("trail"), autocommit=True) as admin:
        return {
            "machine": machine,
            "settings": harness.settings_of(admin, SETTINGS),
            "rows": facts[0],
            "bytes": facts[1],
            "index_bytes": facts[2],
            "seconds_to_fill": filled,
            "questions": questions,
            "pages": pages,
            "ingest": ingest,
        }


def _fill(server: Any, month: int) -> None:
    with psycopg.connect(server.dsn("trail"), autocommit=True) as conn:
        conn.execute("set synchronous_commit = off")
        conn.execute(
            "call bench.fill(%s::timestamptz + make_interval(months => %s), %s)",
            [FIRST_MONTH, month, ROWS_A_MONTH],
        )


FACTS = """
select
  (select count(*) from comply.audit_trail),
  (select sum(pg_total_relation_size(p.relid)) from pg_partition_tree('comply.audit_trail') as p)::bigint,
  (
    select jsonb_object_agg(i.name, i.bytes)
    from (
      select p.relname as name, sum(pg_relation_size(l.relid)) as bytes
      from pg_index as x
      join pg_class as p on p.oid = x.indexrelid
      cross join pg_partition_tree(x.indexrelid::regclass) as l
      where x.indrelid = 'comply.audit_trail'::regclass
        and l.isleaf
      group by p.relname
    ) as i
  )
"""


def _person(chance: random.Random) -> str:
    # As rows.sql makes them: few do much, most do little.
    return f"person-{int(20_000 ** chance.random())}@example.com"


def _month(chance: random.Random) -> date:
    month = 10 + chance.randrange(MONTHS)
    return date(2024 + month // 12, month % 12 + 1, 1)


def _a_time(chance: random.Random) -> dict[str, Any]:
    month = _month(chance)
    first, last = chance.randint(1, 14), chance.randint(15, 28)
    return {"since": f"{month:%Y-%m}-{first:02} 00:00+00", "before": f"{month:%Y-%m}-{last:02} 00:00+00"}


def _request(chance: random.Random) -> uuid.UUID:
    # As rows.sql numbers statements: from the days since 1970 on, two of them a request.
    first = (_month(chance) - date(1970, 1, 1)).days * 50_000
    return _md5(f"request-{first + chance.randrange(ROWS_A_MONTH // 5)}")


def _md5(text: str) -> uuid.UUID:
    return uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


# Who asks, and what: the parameters by chance.
QUESTIONS: dict[str, tuple[str | None, Any]] = {
    "all tenants: the newest": (None, lambda c: {}),
    "all tenants: a time": (None, _a_time),
    "all tenants: an actor": (None, lambda c: {"actor": _person(c)}),
    "all tenants: an actor with 3 rows": (None, lambda c: {"actor": "rare@example.com"}),
    "all tenants: an operation": (None, lambda c: {"operation": c.choice(OPERATIONS)}),
    "all tenants: a table": (None, lambda c: {"table_name": c.choice(TABLES)}),
    "all tenants: a changed column": (None, lambda c: {"changed_column": c.choice(COLUMNS)}),
    "all tenants: a column that changed 3 times": (None, lambda c: {"changed_column": "azure_region"}),
    "all tenants: a request": (None, lambda c: {"correlation_id": _request(c)}),
    "all tenants: actor and operation": (
        None,
        lambda c: {"actor": _person(c), "operation": c.choice(OPERATIONS)},
    ),
    "all tenants: table, operation, time": (
        None,
        lambda c: {"table_name": c.choice(TABLES), "operation": c.choice(OPERATIONS), **_a_time(c)},
    ),
    "all tenants: any of it": (None, lambda c: _anything(c) | {"tenant_id": c.choice([None, _tenant(c)])}),
} | {
    f"{size} tenant: {name}": (tenant, make)
    for size, tenant in TENANTS.items()
    for name, make in {
        "the newest": lambda c: {},
        "an actor": lambda c: {"actor": _person(c)},
        "an operation": lambda c: {"operation": c.choice(OPERATIONS)},
        "a changed column": lambda c: {"changed_column": c.choice(COLUMNS)},
        "any of it": lambda c: _anything(c),
    }.items()
}


def _tenant(chance: random.Random) -> str:
    return f"tenant-{int(2 * 500 ** chance.random()):04}"


def _anything(chance: random.Random) -> dict[str, Any]:
    """Return each part of a question with a chance of one in three."""
    parts = [
        {"table_name": chance.choice(TABLES)},
        {"actor": _person(chance)},
        {"operation": chance.choice(OPERATIONS)},
        {"changed_column": chance.choice(COLUMNS)},
        {"correlation_id": _request(chance)},
        _a_time(chance),
    ]
    return {key: value for part in parts if chance.random() < 1 / 3 for key, value in part.items()}


def _search(question: dict[str, Any]) -> str:
    return f"select * from comply.audit_search({', '.join(f'{key} => %({key})s' for key in question)})"


def _by_hand(question: dict[str, Any]) -> str:
    """Return what one writes without the function: conditions, an order, a limit."""
    conditions = {
        "tenant_id": "tenant_id = %(tenant_id)s",
        "table_name": "table_name = %(table_name)s",
        "actor": "actor = %(actor)s",
        "operation": "operation = %(operation)s",
        "changed_column": "operation = 'UPDATE' and old_values ? %(changed_column)s",
        "correlation_id": "correlation_id = %(correlation_id)s",
        "since": '"timestamp" >= %(since)s',
        "before": '"timestamp" < %(before)s',
    }
    where = " and ".join(conditions[key] for key in question) or "true"
    return f'select * from comply.audit_trail where {where} order by "timestamp" desc, id desc limit 100'


def _ask(server: Any, chance: random.Random, tenant: str | None, make: Any) -> dict[str, Any]:
    asked = [{k: v for k, v in make(chance).items() if v is not None} for _ in range(ASKED)]
    found, seconds = [], []
    with _login(server, tenant) as conn:
        clock = harness.clock(conn)
        for question in asked:
            began = clock()
            found.append(len(conn.execute(_search(question), question).fetchall()))
            seconds.append(clock() - began)
            conn.rollback()
            _enter(conn, tenant)
        by_hand = [_time_by_hand(conn, tenant, question) for question in asked[:BY_HAND]]
    return {"seconds": seconds, "rows": found, "by_hand": by_hand}


def _time_by_hand(conn: psycopg.Connection, tenant: str | None, question: dict[str, Any]) -> float | None:
    conn.execute(f"set local statement_timeout = {PATIENCE_MS}")
    clock = harness.clock(conn)
    began = clock()
    try:
        conn.execute(_by_hand(question), question).fetchall()
        return clock() - began
    except psycopg.errors.QueryCanceled:
        return None
    finally:
        conn.rollback()
        _enter(conn, tenant)


def _login(server: Any, tenant: str | None) -> psycopg.Connection:
    conn = psycopg.connect(server.dsn("trail", "bench_app" if tenant else "bench_auditor"))
    _enter(conn, tenant)
    return conn


def _enter(conn: psycopg.Connection, tenant: str | None) -> None:
    if tenant:
        conn.execute("select comply.enter(%s)", [tenant])


def _turn_pages(server: Any) -> dict[str, dict[int, float]]:
    """Turn the pages of the large tenant's trail by cursor, and reach three of them by OFFSET."""
    seconds: dict[str, dict[int, float]] = {"cursor": {}, "offset": {}}
    with _login(server, TENANTS["large"]) as conn:
        cursor = None
        for page in range(1, ASKED + 1):
            began = time.perf_counter()
            rows = conn.execute("select cursor from comply.audit_search(after => %s)", [cursor]).fetchall()
            seconds["cursor"][page] = time.perf_counter() - began
            cursor = rows[-1][0]
        for page in (2, ASKED // 2, ASKED):
            began = time.perf_counter()
            conn.execute(_by_hand({}) + f" offset {(page - 1) * 100}").fetchall()
            seconds["offset"][page] = time.perf_counter() - began
    return seconds


def _measure_ingest(server: Any) -> dict[str, Any]:
    """Write the same records where the version of the search is applied, and where it is not."""
    harness.deploy(server, "with")
    harness.deploy(server, "without")
    conns = {}
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("create role bench_service login")
        admin.execute("grant comply_app to bench_service")
    for name in ("with", "without"):
        with psycopg.connect(server.dsn(name), autocommit=True) as admin:
            admin.execute("select comply.add_tenant('acme')")
            if name == "without":
                admin.execute(WITHOUT)
        conns[name] = psycopg.connect(server.dsn(name, "bench_service"), autocommit=True)
    chance = random.Random(2)  # noqa: S311
    image = json.dumps({"labels": ["OTHER.Safe"], "scores": {"hate": 0.1}})
    seconds: dict[str, dict[str, list[float]]] = {s: {n: [] for n in conns} for s in ("batch", "single")}
    for round_no in range(-1, ROUNDS):
        for shape, count, size in (("batch", BATCHES, 1000), ("single", SINGLES, 1)):
            batches = [
                [uuid.UUID(bytes=chance.randbytes(16)).hex * 2 for _ in range(size)] for _ in range(count)
            ]
            for name in chance.sample(list(conns), len(conns)):
                clock = harness.clock(conns[name])
                began = clock()
                for hashes in batches:
                    with conns[name].transaction():
                        conns[name].execute(
                            "select comply.enter('acme', %s, gen_random_uuid())", ["ana@example.com"]
                        )
                        conns[name].execute(INSERT, {"hashes": hashes, "image": image})
                if round_no >= 0:
                    seconds[shape][name].append((clock() - began) / count / size)
    for conn in conns.values():
        conn.close()
    return seconds


INSERT = """
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
select 'acme', h.hash, 'openai-moderation', 'omni-2024-09-26', %(image)s::jsonb
from unnest(%(hashes)s::text[]) as h (hash)
"""
WITHOUT = """
drop index
  comply.audit_trail_timestamp_idx, comply.audit_trail_change_timestamp_idx,
  comply.audit_trail_correlation_id_timestamp_idx, comply.audit_trail_actor_idx;
alter table comply.audit_trail drop column change;
create index audit_trail_correlation_id_idx on comply.audit_trail (correlation_id)
  where correlation_id is not null;
create index audit_trail_actor_idx on comply.audit_trail (actor, "timestamp") where actor is not null;
"""


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# How fast is the trail asked, and what does that cost an insert?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is asked.\n\n"
        f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}, {machine['at']}; load {machine['load_before']:.1f} before it began.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"]) + ".\n"
        text += (
            f"{result['rows']:,} rows, {result['bytes'] / 2**30:.1f} GiB with indexes.\n"
            f"\n### Questions, milliseconds for a page of 100\n\n{_questions(result['questions'])}"
            f"\n### The large tenant's pages, one after the other, milliseconds\n\n{_pages(result['pages'])}"
            f"\n### Space\n\n{_space(result)}"
            f"\n### Inserts with and without the indexes and the column\n\n{_ingest(result['ingest'])}"
        )
    return text


def _questions(questions: dict[str, Any]) -> str:
    rows = []
    for name, measured in questions.items():
        ms = sorted(value * 1000 for value in measured["seconds"])
        hand = [value for value in measured["by_hand"] if value is not None]
        slow = len(measured["by_hand"]) - len(hand)
        rows.append(
            [
                name,
                *(f"{value:.1f}" for value in (statistics.median(ms), _p95(ms), ms[-1])),
                f"{statistics.mean(measured['rows']):.0f}",
                f"{statistics.median(hand) * 1000:.1f}" if hand else "-",
                f"more than {PATIENCE_MS:,} ({slow}x)" if slow else f"{max(hand) * 1000:.1f}",
            ]
        )
    header = ["question", "p50", "p95", "max", "rows", "by hand: p50", "by hand: max"]
    return harness.table(header, rows)


def _p95(ms: list[float]) -> float:
    return sorted(ms)[int(len(ms) * 0.95) - (len(ms) % 20 == 0)]


def _pages(pages: dict[str, dict[int, float]]) -> str:
    # Kept as JSON, pages are texts.
    pages = {name: {int(page): value for page, value in by_page.items()} for name, by_page in pages.items()}
    shown = sorted(pages["offset"])
    rows = [[name, *(f"{by_page[page] * 1000:.1f}" for page in shown)] for name, by_page in pages.items()]
    return harness.table(["", *(f"page {page}" for page in shown)], rows)


def _space(result: dict[str, Any]) -> str:
    rows = [
        [name, f"{size / 2**20:,.0f}", f"{size / result['rows']:.1f}"]
        for name, size in sorted(result["index_bytes"].items())
    ]
    return harness.table(["index", "MiB", "bytes a row"], rows)


def _ingest(ingest: dict[str, Any]) -> str:
    rows = []
    for shape, by_name in ingest.items():
        without, with_ = by_name["without"], by_name["with"]
        rows.append(
            [
                {"batch": "1,000 records a statement", "single": "one record a statement"}[shape],
                f"{statistics.median(without) * 1e6:.1f}",
                f"{statistics.median(with_) * 1e6:.1f}",
                f"{harness.median_ratio(without, with_):.2f}",
            ]
        )
    return harness.table(["", "us a row without", "us a row with", "ratio"], rows)


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return by hand / by the search of each question, and an insert without its indexes / with them."""
    found = {
        f"search, {name}": [
            by_hand / by_search
            for by_hand, by_search in zip(asked["by_hand"], asked["seconds"], strict=False)
            if by_hand is not None
        ]
        for name, asked in result["questions"].items()
    }
    for shape, by_name in result["ingest"].items():
        found[f"insert, {shape}"] = harness.by_round(by_name["without"], by_name["with"])
    return {name: values for name, values in found.items() if values}


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how long questions take, and what the search costs those who write."""
    p95 = {name: _p95([value * 1000 for value in a["seconds"]]) for name, a in result["questions"].items()}
    slowest = max(p95, key=lambda name: p95[name])
    batch = result["ingest"]["batch"]
    return {
        f"A page of 100 of a trail of {result['rows'] / 1e6:.0f} million rows, the median of "
        f"{len(p95)} kinds of question, 95th percentile": f"{statistics.median(p95.values()):.1f} ms",
        "The slowest kind of them": f"{p95[slowest]:.1f} ms ({slowest})",
        "An insert of 1,000 with the indexes of the search, beside one without": (
            f"{harness.median_ratio(batch['without'], batch['with']):.2f} of its speed"
        ),
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
