"""What the benchmarks that write share: records as services write them, and clients that cost little."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

TENANTS = ("acme", "globex", "initech")
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
INSERT_ONE = f"({', '.join(COLUMNS)}) values ({', '.join(f'${n}::{t}' for n, t in enumerate(TYPES, 1))})"
ARRAYS = ", ".join(f"${n}::{t}[]" for n, t in enumerate(TYPES, 1))
INSERT_MANY = f"({', '.join(COLUMNS)}) select * from unnest({ARRAYS})"


def record(chance: random.Random, tenant: str, model: str | None = None) -> tuple[str, ...]:
    """Return a record, as the texts of its columns."""
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
        model or chance.choice(MODELS),
        json.dumps({"labels": found, "scores": scores}),
        str(round(chance.random(), 4)),
        json.dumps(metadata),
        chance.choice(("eastus", "northeurope", "westeurope")),
        str(uuid.UUID(bytes=chance.randbytes(16), version=4)),
    )


def arrays(records: Iterable[tuple[str, ...]]) -> list[bytes]:
    """Return records as one array a column."""
    columns = [[json.dumps(value) for value in column] for column in zip(*records, strict=True)]
    return [f"{{{','.join(column)}}}".encode() for column in columns]


class Writer:
    """One connection that writes to one table, straight through libpq, with prepared statements."""

    def __init__(self, dsn: str, statements: dict[str, str], *, enters: bool, commit: str = "on") -> None:
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.conn.execute(f"set synchronous_commit = {commit}")
        self.pg: pq.PGconn = self.conn.pgconn
        self.enters = enters
        for name, statement in statements.items():
            self._check(self.pg.prepare(name.encode(), statement.encode()))
        if enters:
            self._check(self.pg.prepare(b"enter", b"select comply.enter($1, $2, $3)"))

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise RuntimeError(result.error_message.decode())

    def write(self, statement: str, context: list[bytes], values: list[bytes]) -> None:
        """Run one statement in a transaction of its own: each command is a round trip."""
        self._check(self.pg.exec_(b"begin"))
        if self.enters:
            self._check(self.pg.exec_prepared(b"enter", context))
        self._check(self.pg.exec_prepared(statement.encode(), values))
        self._check(self.pg.exec_(b"commit"))


def pgbench(server: Any, database: str, user: str, script: str, clients: int, seconds: float) -> float:
    """Return how many transactions a second some clients of pgbench complete, all of the same script.

    Their first second is not counted: each new connection reads the catalog and plans what it will repeat.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [server.installation.bin / "pgbench", "-n", "-M", "prepared", "-f", file.name, "-P", "1"]
        command += ["-c", str(clients), "-j", str(min(clients, 2)), "-T", str(1 + seconds)]
        done = subprocess.run(
            [*command, "-U", user, database],
            env=server.environment(),
            cwd=Path("/"),
            capture_output=True,
            text=True,
            check=False,
        )
    total = re.search(r"^number of transactions actually processed: (\d+)", done.stdout, re.MULTILINE)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    first = re.search(r"^progress: ([\d.]+) s, ([\d.]+) tps", done.stderr, re.MULTILINE)
    if done.returncode or not (total and rate and first):
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()}")
    count, until = int(total[1]), float(first[1])
    return (count - until * float(first[2])) / (count / float(rate[1]) - until)
