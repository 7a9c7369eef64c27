#!/usr/bin/env python3
"""What does it cost to log who read what?

A tenant whose reads are logged, one whose are not, and one of a database where nobody's are, side by side in
every round, in random order.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS, REPEATS = harness.sized((25, 40), (9, 20), (3, 5))
RECORDS = harness.sized(200_000, 20_000, 20_000)
TIMES = 10
# Database, tenant, and what the login sets for itself.
VARIANTS = {
    "off": ("nobody", "acme", "error"),
    "quiet": ("somebody", "acme", "error"),
    "loud": ("somebody", "loud", "error"),
    "loud, short": ("somebody", "loud", "fatal"),
}
SHAPES = {"point": 1e6, "text": 1e6, "alone": 1e6, "insert": 1e6, "all": 1e3}
POINT = "select id from comply.storage_records where source_data_hash = "
INSERT = (
    "insert into comply.storage_records"
    " (tenant_id, source_data_hash, detector_type, model_version, mapped_data)"
    """ values ($1, $2, 'presidio', 'bench', '{"labels": ["PII.Other"]}')"""
)
ALL = "select count(mapped_data) from comply.storage_records"
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "shared_buffers",
    "max_parallel_workers_per_gather",
)


def measure(major: int) -> dict[str, Any]:
    """Return what each shape took in each round, by variant."""
    with harness.server("reads", major) as server:
        return _measure(server)


def _measure(server: Any) -> dict[str, Any]:
    for database in ("nobody", "somebody"):
        _fill(server, database)
    with psycopg.connect(server.dsn("somebody"), autocommit=True) as admin:
        for level in ("error", "fatal"):
            admin.execute(f"create role service_{level} login in role comply_app")
            admin.execute(f"alter role service_{level} set log_min_error_statement = {level}")
        admin.execute("update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'loud'")
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "settings": harness.settings_of(admin, SETTINGS),
            "rounds": ROUNDS,
        }

    chance = random.Random(1)  # noqa: S311
    clients = {variant: Client(server, variant, chance) for variant in VARIANTS}
    seconds, processor = ({shape: {v: [] for v in VARIANTS} for shape in SHAPES} for _ in range(2))
    for round_no in range(-2, ROUNDS):
        for shape in SHAPES:
            for variant in chance.sample(list(VARIANTS), len(VARIANTS)):
                took, worked = clients[variant].measure(shape)
                if round_no >= 0:
                    seconds[shape][variant].append(took)
                    processor[shape][variant].append(worked)
    for client in clients.values():
        client.conn.close()
    result["seconds"], result["processor"] = seconds, processor

    with psycopg.connect(server.dsn("somebody"), autocommit=True) as admin:
        query = """
          select sum(pg_total_relation_size(p.relid)) / (select count(*) from comply.access_log)
          from pg_partition_tree('comply.access_log') as p
        """
        result["bytes_per_row"] = float(admin.execute(query).fetchone()[0])
        lines = (server.home / "server.log").read_text(encoding="utf-8").split("\n")
        result["bytes_per_line"] = max(len(line) for line in lines if "comply.access" in line)
    return result


def _fill(server: Any, database: str) -> None:
    harness.deploy(server, database)
    with psycopg.connect(server.dsn(database), autocommit=True) as admin:
        admin.execute("select comply.add_tenant('acme'), comply.add_tenant('loud')")
        # Without triggers: what is measured is reading.
        admin.execute("alter table comply.storage_records disable trigger user")
        for tenant in ("acme", "loud"):
            admin.execute(
                """
                insert into comply.storage_records (
                  tenant_id, source_data_hash, detector_type, model_version, mapped_data, "timestamp")
                select %s, md5(i::text) || md5(i::text), 'presidio', 'bench',
                  '{"labels": ["PII.Other"]}', date_trunc('month', now()) + i * interval '1 second'
                from generate_series(1, %s) as i
                """,
                [tenant, RECORDS],
            )
        admin.execute("alter table comply.storage_records enable trigger user")
        admin.execute("vacuum analyze comply.storage_records")


class Client:
    """One connection of one variant, straight through libpq: the client costs next to nothing."""

    def __init__(self, server: Any, variant: str, chance: random.Random) -> None:
        database, self.tenant, level = VARIANTS[variant]
        self.chance = chance
        self.conn = psycopg.connect(server.dsn(database, f"service_{level}"), autocommit=True)
        self.pg: pq.PGconn = self.conn.pgconn
        for name, query in {
            b"enter": "select comply.enter($1, 'ana@example.com', gen_random_uuid())",
            b"point": f"{POINT}$1",
            b"insert": INSERT,
            b"all": ALL,
        }.items():
            self._check(self.pg.prepare(name, query.encode()))

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise RuntimeError(result.error_message.decode())

    def _hash(self) -> str:
        return f"{self.chance.getrandbits(256):064x}"

    def measure(self, shape: str) -> tuple[float, float]:
        """Return the seconds that one statement of a shape took, and those that the server process worked."""
        repeats = {"alone": REPEATS, "all": 1}.get(shape, REPEATS // 4 + 1)
        times = 1 if shape in ("alone", "all") else TIMES
        took = worked = 0.0
        for _ in range(repeats):
            if shape != "alone":
                self._begin()
            began, before = time.perf_counter(), self._worked()
            if shape == "alone":
                self._begin()
            for _ in range(times):
                self._run(shape)
            if shape == "alone":
                self._check(self.pg.exec_(b"commit"))
            took, worked = took + time.perf_counter() - began, worked + self._worked() - before
            if shape != "alone":
                self._check(self.pg.exec_(b"commit"))
        return took / times / repeats, worked / times / repeats

    def _worked(self) -> float:
        """Return the seconds that the server process has had a processor so far."""
        return int(Path(f"/proc/{self.pg.backend_pid}/schedstat").read_text().split()[0]) / 1e9

    def _begin(self) -> None:
        self._check(self.pg.exec_(b"begin"))
        self._check(self.pg.exec_prepared(b"enter", [self.tenant.encode()]))

    def _run(self, shape: str) -> None:
        if shape == "text":
            self._check(self.pg.exec_(f"{POINT}'{self._hash()}'".encode()))
        elif shape == "insert":
            self._check(self.pg.exec_prepared(b"insert", [self.tenant.encode(), self._hash().encode()]))
        elif shape == "all":
            self._check(self.pg.exec_prepared(b"all", []))
        else:
            self._check(self.pg.exec_prepared(b"point", [self._hash().encode()]))


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What does it cost to log who read what?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Read differences within a version.\n"
        "README.md says what is compared.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        settings = dict(result["settings"])
        text += f"\n## PostgreSQL {settings.pop('server_version')}\n\n"
        text += (
            ", ".join(f"{name} = {value}" for name, value in settings.items())
            + f". {result['rounds']} rounds.\n\n"
        )
        rows = []
        for shape, unit in SHAPES.items():
            base = result["seconds"][shape]["off"]
            for variant, seconds in result["seconds"][shape].items():
                middle, low, high = (value * unit for value in harness.spread(seconds))
                more, _, _ = harness.spread([(s - b) * unit for s, b in zip(seconds, base, strict=True)])
                work = [w * unit for w in result["processor"][shape][variant]]
                rest = [w * unit for w in result["processor"][shape]["off"]]
                rows.append(
                    [
                        f"{shape}, {'us' if unit == 1e6 else 'ms'}",
                        variant,
                        f"{middle:.1f}",
                        f"{low:.1f} to {high:.1f}",
                        "" if variant == "off" else f"{more:+.1f}",
                        f"{harness.spread(work)[0]:.1f}",
                        ""
                        if variant == "off"
                        else f"{harness.spread(work)[0] - harness.spread(rest)[0]:+.1f}",
                    ]
                )
        header = ["shape", "variant", "median", "quartiles", "more than off", "processor", "more than off"]
        text += harness.table(header, rows, texts=2)
        text += (
            f"\nA row of the access log takes {result['bytes_per_row']:.0f} bytes with its indexes, a line of"
            f" the server's log {result['bytes_per_line']} without what PostgreSQL adds to it.\n"
        )
    return text


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return what a reader's server process works where nobody's reads are logged / where somebody's are."""
    return {
        f"{shape}, {variant}": harness.by_round(by_variant["off"], by_variant[variant])
        for shape, by_variant in result["processor"].items()
        for variant in ("quiet", "loud")
    }


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what a point read costs more where reads are logged."""
    point, off = result["seconds"]["point"], result["seconds"]["point"]["off"]
    return {
        f"A prepared point read of a tenant whose reads are {logged}, beside one where nobody's are": (
            f"{1e6 * statistics.median(s - o for s, o in zip(point[variant], off, strict=True)):+.0f} µs"
        )
        for variant, logged in (("quiet", "not logged"), ("loud", "logged"))
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
