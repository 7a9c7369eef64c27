"""PgBouncer before a server: transaction pooling, on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from comply_db import embedded


def program() -> str | None:
    """Return where PgBouncer is, if it is installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooler(upstream: str, users: Iterable[str], size: int, clients: int = 100) -> Iterator[str]:
    """Run PgBouncer with `size` connections to `upstream` for each database and user; yield where it listens.

    Both are connection strings without a database and a user. Nothing is reset between two clients: in
    transaction mode PgBouncer never does.
    """
    pgbouncer = program()
    if not pgbouncer:
        raise FileNotFoundError("pgbouncer is not installed: apt-get install pgbouncer")
    # As the account of an embedded server: the directory of its socket is closed to others.
    account = embedded._account()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    folder = Path(tempfile.mkdtemp(prefix="comply-db-pool-"))
    (folder / "users").write_text("".join(f'"{user}" ""\n' for user in users))
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = {upstream}\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\n"
        f"auth_type = trust\nauth_file = {folder}/users\n"
        f"pool_mode = transaction\ndefault_pool_size = {size}\nmax_client_conn = {clients}\n"
        "log_connections = 0\nlog_disconnections = 0\n"
    )
    if account:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([pgbouncer, folder / "pgbouncer.ini"], stdout=log, stderr=log, **identity)
    try:
        until = time.monotonic() + 20
        while not (folder / ".s.PGSQL.6432").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PgBouncer has not started: {(folder / 'log').read_text()}")
            time.sleep(0.02)
        yield f"host={folder} port=6432"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
