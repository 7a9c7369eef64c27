#!/usr/bin/env python3
"""How many bytes does a record take, how many its row of the trail, and which of them are whose?

Beside the bare table, and beside the row trigger that everybody writes. Bytes do not drift with the machine,
so there are no rounds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
RECORDS, BATCH = harness.sized(200_000, 10_000, 10_000), 1000
TENANTS = 20
LEVELS = ("minimal", "standard", "verbose")
CHANGED = 1_000
SETTINGS = ("server_version", "block_size", "default_toast_compression")
TABLES = {
    "record": "comply.storage_records",
    "its row of the trail": "comply.audit_trail",
    "record in the bare table": "bench.bare",
    "its row of a generic trigger": "bench.audit_log",
}
# What a service passes: ids, times and what a default says are made as they are for it.
COLUMNS = (
    'tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score,'
    " metadata, blob_path, correlation_id, azure_region, subject_id"
)
PREPARE = f"""
create table bench.records as
select
  (row_number() over (partition by r.tenant_id order by r."timestamp", r.id) - 1) / {BATCH} as batch_no, r.*
from comply_private.sample_records(
  {TENANTS}, {RECORDS}, 1, date_trunc('day', now() at time zone 'UTC') at time zone 'UTC', 1, 0, 1) as r;

create index on bench.records (tenant_id, batch_no);
analyze bench.records;
grant select on bench.records to bench_service;
"""
WRITE = (
    f"insert into {{}} ({COLUMNS}) select {COLUMNS} from bench.records where tenant_id = %s and batch_no = %s"
    ' order by "timestamp"'
)
SIZES = """
select
  sum(pg_relation_size(l.relid)) + sum(coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)),
  sum(pg_indexes_size(l.relid))
from (select %(t)s::regclass union select p.relid from pg_partition_tree(%(t)s) as p) as l (relid)
join pg_class as c on c.oid = l.relid
"""
INDEX_SIZES = """
select
  i.relname,
  coalesce(
    (select sum(pg_relation_size(p.relid)) from pg_partition_tree(i.oid) as p), pg_relation_size(i.oid)
  )::float8 as bytes
from pg_index as x
join pg_class as i on i.oid = x.indexrelid
where x.indrelid = %s::regclass
order by bytes desc, i.relname
"""
COLUMN_SIZES = """
select a.attname::text
from pg_attribute as a
where a.attrelid = %s::regclass
  and a.attnum > 0
  and not a.attisdropped
order by a.attnum
"""
# What else a record leaves: counts, and what the ledger keeps of its row of the trail.
BESIDE = """
select sum(pg_total_relation_size(c.oid))::bigint
from pg_class as c
where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
  and c.relkind = 'r'
  and c.relname ~ %s
"""
BESIDES = {"rollups": "^((hourly|daily)_(label_|tenant_)?rollups|rollup_totals)$", "ledger": "^ledger_"}


def measure(major: int) -> dict[str, Any]:
    """Weigh what records leave on one major version."""
    with harness.server("storage", major) as server:
        return _measure(server)


def _measure(server: Any) -> dict[str, Any]:
    harness.deploy(server, "storage")
    with psycopg.connect(server.dsn("storage"), autocommit=True) as admin:
        admin.execute((HERE.parent / "ingest" / "tables.sql").read_text(encoding="utf-8"))
        admin.execute(PREPARE)
        admin.execute(
            "select comply.add_tenant(t) from (select distinct tenant_id from bench.records) as r (t)"
        )
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "records": RECORDS,
            "batch": BATCH,
        }
        _write(server, admin)
        admin.execute("call comply.refresh_rollups()")
        admin.execute("call comply.seal_audit()")
        # What is pending in an index of words is put where it belongs.
        admin.execute("vacuum analyze")
        result["tables"] = {name: _sizes(admin, table) for name, table in TABLES.items()}
        result["columns"] = {name: _column_sizes(admin, TABLES[name]) for name in list(TABLES)[:2]}
        result["beside"] = {
            name: admin.execute(BESIDE, [pattern]).fetchone()[0] / RECORDS
            for name, pattern in BESIDES.items()
        }
        result["levels"] = {level: _level(admin, level) for level in LEVELS}
        return result


def _write(server: Any, admin: psycopg.Connection) -> None:
    """Write the same batches to every table, each in a transaction of its own, as a service does."""
    batches = admin.execute("select distinct batch_no, tenant_id from bench.records order by 1, 2").fetchall()
    with psycopg.connect(server.dsn("storage", "bench_service"), autocommit=True) as service:
        for batch_no, tenant in batches:
            for table in ("comply.storage_records", "bench.bare", "bench.triggered"):
                with service.transaction():
                    service.execute(
                        "select comply.enter(%s, 'gateway@example.com', gen_random_uuid())", [tenant]
                    )
                    service.execute(WRITE.format(table), [tenant, batch_no])


def _sizes(admin: psycopg.Connection, table: str) -> dict[str, Any]:
    rows = admin.execute(f"select count(*) from {table}").fetchone()[0]
    heap, indexes = (float(part) / rows for part in admin.execute(SIZES, {"t": table}).fetchone())
    return {
        "rows": rows,
        "heap": heap,
        "indexes": indexes,
        "each_index": {name: size / rows for name, size in admin.execute(INDEX_SIZES, [table])},
    }


def _column_sizes(admin: psycopg.Connection, table: str) -> dict[str, float]:
    """Return the mean bytes of each column, nulls as none."""
    columns = [name for (name,) in admin.execute(COLUMN_SIZES, [table])]
    sizes = ", ".join(f'avg(coalesce(pg_column_size("{name}"), 0))::float8' for name in columns)
    return dict(zip(columns, admin.execute(f"select {sizes} from {table}").fetchone(), strict=True))


def _level(admin: psycopg.Connection, level: str) -> dict[str, float]:
    """Insert, change and delete records at an audit level; return the mean bytes of a row of the trail."""
    tenant = f"level-{level}"
    admin.execute("select comply.add_tenant(%s)", [tenant])
    admin.execute("update comply.tenant_configs set audit_level = %s where tenant_id = %s", [level, tenant])
    admin.execute(
        f"insert into comply.storage_records ({COLUMNS}) select %s, {COLUMNS.removeprefix('tenant_id, ')}"
        " from bench.records order by tenant_id, batch_no limit %s",
        [tenant, CHANGED],
    )
    admin.execute(
        "update comply.storage_records set backup_status = 'completed' where tenant_id = %s", [tenant]
    )
    admin.execute("delete from comply.storage_records where tenant_id = %s", [tenant])
    query = (
        "select operation, avg(pg_column_size(t))::float8 from comply.audit_trail as t"
        " where tenant_id = %s and table_name = 'storage_records' group by operation"
    )
    return dict(admin.execute(query, [tenant]).fetchall())


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return the bytes of a record by those of its row of the trail, and those of peers by ours."""
    record, trail, bare, generic = (_total(size) for size in result["tables"].values())
    return {
        "record / its row of the trail": [record / trail],
        "bare record / record": [bare / record],
        "row of a generic trigger / row of the trail": [generic / trail],
    }


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what came out, in a line."""
    record, trail, *_ = (_total(size) for size in result["tables"].values())
    return {
        "Bytes of a record and of its row of the trail, indexes included": f"{record:,.0f} and {trail:,.0f}: "
        f"{trail / record:.2f} times as many"
    }


def _total(size: dict[str, Any]) -> float:
    return size["heap"] + size["indexes"]


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    parts = [
        "# How many bytes does an audited record take?\n",
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is weighed.\n",
    ]
    for _, result in sorted(results.items()):
        tables = result["tables"]
        record, trail = tables["record"], tables["its row of the trail"]
        parts += [
            f"\n## PostgreSQL {result['settings']['server_version']}\n",
            f"{result['records']:,} records, in statements of {result['batch']:,}; bytes a row.\n",
            harness.table(
                ["", "heap", "indexes", "both", "both / a record"],
                (
                    [
                        name,
                        *(f"{size:,.0f}" for size in (s["heap"], s["indexes"], _total(s))),
                        f"{_total(s) / _total(record):.2f}",
                    ]
                    for name, s in tables.items()
                ),
            ),
            f"The trail's heap has {trail['heap'] / record['heap']:.2f} times the bytes of the records', "
            f"its indexes {trail['indexes'] / record['indexes']:.2f} times those of theirs. A record also "
            f"leaves {result['beside']['rollups']:,.0f} bytes of rollups, and its row of the trail "
            f"{result['beside']['ledger']:,.0f} bytes of the ledger.\n",
            "### Index by index\n",
            harness.table(
                ["index", "bytes a row"],
                (
                    [f"`{name}`", f"{size:,.1f}"]
                    for s in (record, trail)
                    for name, size in s["each_index"].items()
                ),
            ),
            "### Column by column\n",
            harness.table(
                ["column of a record", "bytes", "column of the trail", "bytes"],
                _beside(*(_by_size(columns) for columns in result["columns"].values())),
                texts=1,
            ),
            "### The row of the trail by what was done, at each audit level\n",
            harness.table(
                ["level", "INSERT", "UPDATE of one column", "DELETE"],
                (
                    [level, *(f"{sizes[done]:,.0f}" for done in ("INSERT", "UPDATE", "DELETE"))]
                    for level, sizes in result["levels"].items()
                ),
            ),
        ]
    return "\n".join(parts)


def _by_size(columns: dict[str, float]) -> list[list[str]]:
    return [[f"`{name}`", f"{size:,.1f}"] for name, size in sorted(columns.items(), key=lambda c: -c[1])]


def _beside(left: list[list[str]], right: list[list[str]]) -> list[list[str]]:
    rows = max(len(left), len(right))
    return [
        a + b
        for a, b in zip(*(side + [["", ""]] * (rows - len(side)) for side in (left, right)), strict=True)
    ]


if __name__ == "__main__":
    harness.main(HERE, measure, report)
