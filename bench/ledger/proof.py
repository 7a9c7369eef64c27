#!/usr/bin/env python3
"""How large is the proof of one row among ten million, and how long does it take to make?

24 months, 1,000 tenants, one of which has half of all rows. Proofs are asked for by a service, in the context
of its tenant, and by an auditor: under the newest checkpoint, and under the oldest that covers the row. Each
is then checked by comply_db.proof, as an outsider does.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from comply_db import proof

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROWS = 100_000 if harness.QUICK else 10_000_000
MONTHS = 24
BATCHES = 2 if harness.QUICK else 10
CHECKPOINT_EVERY = 5
SAMPLE = 40 if harness.QUICK else 500
SETTINGS = {"max_wal_size": "8GB"}
SHOWN = ("server_version", "shared_buffers", "max_wal_size", "fsync", "jit")
ASKED = {
    ("comply_app", "big"): "a service, the tenant with half of all rows",
    ("comply_app", "small"): "a service, another tenant",
    ("comply_auditor", "big"): "an auditor, the tenant with half of all rows",
    ("comply_auditor", "small"): "an auditor, another tenant",
}


def main() -> None:
    """Measure on every version, keep the raw figures, and write PROOF.md from them."""
    if sys.argv[1:] == ["report"]:
        paths = sorted(HERE.glob("results/proof-pg*.json"))
        results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    else:
        results = {}
        for major in harness.MAJORS:
            with harness.server("proof", major, SETTINGS) as server:
                results[f"proof-pg{major}"] = _measure(server)
            harness.keep(HERE, f"proof-pg{major}", results[f"proof-pg{major}"])
    text = _report(results)
    print(text)
    if not harness.QUICK:
        (HERE / "PROOF.md").write_text(text, encoding="utf-8")


def _measure(server: Any) -> dict[str, Any]:
    harness.deploy(server, "proof")
    with psycopg.connect(server.dsn("proof"), autocommit=True) as admin:
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SHOWN),
            "rows": ROWS,
        }
        _fill(admin)
        began = time.perf_counter()
        _seal(admin)
        result["seal_s"] = time.perf_counter() - began
        for name, query in {
            "blocks": "select count(*) from comply.ledger_blocks",
            "blocks_of_the_big_one": "select count(*) from comply.ledger_blocks where tenant_id = 't0000'",
            "checkpoints": "select count(*) from comply.ledger_checkpoints",
            "heads": "select max(heads) from comply.ledger_checkpoints",
            "image_bytes": "select avg(octet_length(new_values::text))::integer"
            " from comply.audit_trail tablesample system (0.1)",
            "row_bytes": "select avg(pg_column_size(a))::integer"
            " from comply.audit_trail as a tablesample system (0.1)",
        }.items():
            result[name] = admin.execute(query).fetchone()[0]
        result["proofs"] = [
            measure
            for role, kind in ASKED
            for measure in _ask(server, role, _sample(admin, kind), _newest(admin))
        ]
    return result


def _fill(admin: psycopg.Connection) -> None:
    insert = (HERE / "trail.sql").read_text(encoding="utf-8")
    rows = ROWS // MONTHS // BATCHES
    admin.execute(
        "insert into comply.tenant_configs (tenant_id, display_name)"
        " select 't' || lpad(n::text, 4, '0'), 'Tenant ' || n from generate_series(0, 999) as n"
    )
    months = admin.execute(
        "select generate_series(date_trunc('month', now(), 'UTC') - %s * interval '1 month',"
        " date_trunc('month', now(), 'UTC') - interval '1 month', interval '1 month')",
        [MONTHS],
    ).fetchall()
    for (month,) in months:
        admin.execute("select comply_private.make_partition('comply.audit_trail', %s)", [month])
        for batch in range(BATCHES):
            values = {"month": month, "batch": batch, "batches": BATCHES, "rows": rows}
            admin.execute(insert, values)
    admin.execute("vacuum (analyze, parallel 0) comply.audit_trail")


def _seal(admin: psycopg.Connection) -> None:
    for number in range(1, 10**6):
        sealed = admin.execute("select comply.seal_batch('0', 100000)").fetchone()[0]
        if number % CHECKPOINT_EVERY == 0 or sealed < 100_000:
            admin.execute("select comply.checkpoint()")
        if sealed < 100_000:
            break
    admin.execute("vacuum analyze comply.ledger_blocks, comply_private.ledger_leaves")
    admin.execute("vacuum analyze comply_private.ledger_nodes, comply_private.ledger_heads")


def _sample(admin: psycopg.Connection, kind: str) -> list[tuple[str, str]]:
    rows = admin.execute(
        "select a.tenant_id, a.id::text from comply.audit_trail as a tablesample system (1) repeatable (1)"
        f" where (a.tenant_id = 't0000') = {kind == 'big'} order by random() limit %s",
        [SAMPLE],
    ).fetchall()
    random.Random(1).shuffle(rows)  # noqa: S311
    return rows


def _newest(admin: psycopg.Connection) -> list[str]:
    return [
        digest
        for (digest,) in admin.execute(
            "select encode(digest, 'hex') from comply.ledger_checkpoints order by seq desc"
        ).fetchall()
    ]


def _ask(server: Any, role: str, rows: list[tuple[str, str]], digests: list[str]) -> list[dict[str, Any]]:
    """Ask for the proof of each row under the newest checkpoint, then under the oldest that has it."""
    measures = []
    with psycopg.connect(server.dsn("proof"), autocommit=True) as conn:
        for age in ("newest", "oldest"):
            taken, checked, size = [], [], []
            for tenant, row in rows:
                with conn.transaction():
                    conn.execute(f"set local role {role}")
                    if role == "comply_app":
                        conn.execute("select comply.enter(%s)", [tenant])
                    for digest in digests[:1] if age == "newest" else reversed(digests):
                        began = time.perf_counter()
                        try:
                            with conn.transaction():
                                found = conn.execute(
                                    "select comply.audit_proof(%s, %s)::text", [row, digest]
                                ).fetchone()
                        except psycopg.Error as error:
                            if error.sqlstate != "PC208":
                                raise
                            continue
                        taken.append(time.perf_counter() - began)
                        break
                data = found[0].encode()
                size.append(len(data))
                began = time.perf_counter()
                proof.check(data, digest)
                checked.append(time.perf_counter() - began)
            measures.append(
                {
                    "role": role,
                    "tenant": "big" if rows[0][0] == "t0000" else "small",
                    "checkpoint": age,
                    "first_ms": taken[0] * 1000,
                    "ms": [round(t * 1000, 3) for t in taken],
                    "check_ms": [round(t * 1000, 3) for t in checked],
                    "bytes": size,
                }
            )
    return measures


def _report(results: dict[str, dict[str, Any]]) -> str:
    first = next(iter(results.values()))
    machine = first["machine"]
    text = (
        "# The proof of one row\n\nWritten by `proof.py`; the raw figures are in `results/`. README.md says "
        f"what is measured.\n\n{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}, {machine['at']}; a load of "
        f"{machine['load_before']:.1f} at the start.\n"
    )
    for result in results.values():
        settings = dict(result["settings"])
        text += (
            f"\n## PostgreSQL {settings.pop('server_version')}\n\n"
            + ", ".join(f"{name} = {value}" for name, value in settings.items())
            + f".\n\n{result['rows']:,} rows, images of {result['image_bytes']} bytes, {result['blocks']:,} "
            f"blocks, {result['blocks_of_the_big_one']:,} of them of the tenant with half of all rows, "
            f"{result['heads']:,} heads, {result['checkpoints']} checkpoints.\n\n"
        )
        rows = []
        for measure in result["proofs"]:
            taken, size = sorted(measure["ms"]), measure["bytes"]
            rows.append(
                [
                    ASKED[measure["role"], measure["tenant"]],
                    measure["checkpoint"],
                    f"{statistics.median(taken):.1f}",
                    f"{taken[int(len(taken) * 0.95)]:.1f}",
                    f"{taken[-1]:.1f}",
                    f"{statistics.median(measure['check_ms']):.2f}",
                    f"{statistics.mean(size):,.0f}",
                    f"{max(size):,}",
                ]
            )
        header = [
            "asked by",
            "checkpoint",
            "ms, median",
            "95 %",
            "most",
            "to check, ms",
            "bytes, mean",
            "most",
        ]
        text += harness.table(header, rows, texts=2)
    return text


if __name__ == "__main__":
    main()
