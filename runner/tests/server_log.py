"""A server whose log a test may read: started for it, deployed to, and with somebody to be logged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from comply_db import embedded

CACHE = Path(__file__).parents[2] / ".cache"


@contextmanager
def running(name: str, **settings: str) -> Iterator[embedded.Server]:
    """Yield a fresh server of the version under test; each line of its log begins with the SQLSTATE."""
    with psycopg.connect("") as connection:
        major = connection.info.server_version // 10000
    # A name of this checkout's own, so that another's tests are left alone; what a killed run left goes.
    name = f"{name}-{major}-{hashlib.sha256(os.fsencode(CACHE)).hexdigest()[:8]}"
    settings = {"fsync": "off", "log_line_prefix": "%e %u [%p] ", **settings}
    embedded.remove(name)
    try:
        yield embedded.start(name, major=major, settings=settings, cache=CACHE)
    finally:
        embedded.remove(name)


def deploy(server: embedded.Server) -> None:
    """Deploy as a login that is no superuser; add two logins, verbose tenant acme, standard tenant globex."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("create role test_deployer login nosuperuser createrole")
        admin.execute("grant create on database postgres to test_deployer")
        comply_db = Path(sys.executable).with_name("comply-db")
        command = [comply_db, "--dsn", server.dsn(user="test_deployer"), "deploy"]
        subprocess.run(command, check=True, capture_output=True)
        admin.execute("create role service login in role comply_app")
        admin.execute("create role auditor login in role comply_auditor")
        admin.execute("select comply.add_tenant('acme', null, 'verbose'), comply.add_tenant('globex')")


def from_now(server: embedded.Server) -> Callable[[], str]:
    """Return what reads what the log has got since now."""
    path = server.home / "server.log"
    start = path.stat().st_size

    def read() -> str:
        with path.open("rb") as file:
            file.seek(start)
            return file.read().decode()

    return read


def entries(text: str, marker: str) -> list[dict[str, Any]]:
    """Return what stands behind a marker, where a line begins as docs/reading.md tells alerts to read it."""
    lines = re.findall(rf"^\S{{5}} (\S+) \[\d+\] LOG:  {re.escape(marker)} (\{{.*\}})$", text, re.MULTILINE)
    return [{"login": login} | json.loads(content) for login, content in lines]
