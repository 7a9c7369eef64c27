"""The one connection of a run: it holds the lock, and every file goes through it."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from comply_db import __version__
from comply_db.connect import ConnectOptions, connect
from comply_db.errors import Exit, RunnerError
from comply_db.report import Report

LOCK_KEYS = (1129270608, 1)
FIRST_WAIT_S, LONGEST_WAIT_S, LEAST_PATIENCE_S = 5, 60, 300

HELD = f"""
  exists (
    select
    from pg_catalog.pg_locks as l
    where l.locktype = 'advisory'
      and l.classid = {LOCK_KEYS[0]}
      and l.objid = {LOCK_KEYS[1]}
      and l.objsubid = 2
      and l.pid = pg_catalog.pg_backend_pid()
      and l.granted
  )"""

HOLDER = f"""
select a.pid, a.application_name as application, a.usename as user, a.query_start as since, a.query
from pg_catalog.pg_locks as l
join pg_catalog.pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'advisory'
  and l.classid = {LOCK_KEYS[0]}
  and l.objid = {LOCK_KEYS[1]}
  and l.objsubid = 2
  and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
  and l.granted
"""

STATE = """
select
  current_database(),
  current_setting('server_version_num')::integer,
  exists (
    select
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'comply'
      and p.proname = 'schema_version'
  )
"""


class ConnectionLostError(Exception):
    """The connection is gone; what was under way is for its state row to tell."""


@dataclass
class Session:
    """A connection and what is known of its database: has_history says that the bootstrap unit is there."""

    options: ConnectOptions
    report: Report
    conn: psycopg.Connection[Any] = field(init=False)
    has_history: bool = field(init=False, default=False)

    def open(self) -> None:
        """Connect afresh, which with Entra takes a new token. Raises RunnerError with exit 8."""
        self.conn = connect(self.options, f"comply-db/{__version__} {self.report.run_id}")
        database, version, self.has_history = self.look()
        self.report.document |= {"database": database, "server_version_num": version}

    def look(self) -> tuple[str, int, bool]:
        """Return the database's name, the server's version, and whether the bootstrap unit is there."""
        with guarded(self.conn):
            return self.conn.execute(STATE).fetchone()

    def close(self) -> None:
        """Close the connection, and with it give up the lock."""
        self.conn.close()

    def lock(self, wait_s: float) -> None:
        """Take the lock of the deployment by polling, so that nobody ever queues behind it.

        Raises RunnerError with exit 5 when another runner still has it after wait_s seconds.
        """
        began, pause, told = time.monotonic(), 0.1, None
        while not self.value(f"select pg_catalog.pg_try_advisory_lock({LOCK_KEYS[0]}, {LOCK_KEYS[1]})"):
            holder = self.lock_holder()
            self.report.document["lock_holder"] = holder
            if holder and holder["pid"] != told:
                told = holder["pid"]
                said = "pid {pid}, {application}, {user}, since {since}, {query}".format(**holder)
                self.report.say(f"waiting for another runner: {said}")
            if time.monotonic() - began >= wait_s:
                raise RunnerError(
                    Exit.LOCKED, "another runner has the lock", "Wait for it, or try --lock-wait."
                )
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter is no secret
            pause = min(pause * 2, 2)
        self.report.document["lock_holder"] = None
        # The winner before may have made the history that was not there when this session looked.
        self.has_history = self.look()[2]

    def lock_holder(self) -> dict[str, Any] | None:
        """Return who holds the lock of the deployment, or None."""
        return self.row(HOLDER)

    def reopen(self, lock_wait_s: float | None) -> None:
        """Connect again after a loss, for at least five minutes, and take the lock again."""
        began, pause = time.monotonic(), FIRST_WAIT_S
        while True:
            self.report.say(f"the connection is lost; trying again in {pause} s")
            time.sleep(pause)
            try:
                self.open()
                if lock_wait_s is not None:
                    self.lock(max(lock_wait_s, LEAST_PATIENCE_S))
                return
            except (RunnerError, ConnectionLostError) as error:
                if isinstance(error, RunnerError) and error.exit_code != Exit.CONNECT:
                    raise
                if time.monotonic() - began > LEAST_PATIENCE_S:
                    raise
                pause = min(pause * 2, LONGEST_WAIT_S)

    def run(self, script: str) -> None:
        """Send a text as one simple query."""
        with guarded(self.conn):
            self.conn.execute(script)

    def row(self, query: str, parameters: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Return the first row of a query by column name, or None."""
        return next(iter(self.rows(query, parameters)), None)

    def value(self, query: str, parameters: dict[str, Any] | None = None) -> Any:
        """Return the first column of the first row of a query."""
        row = self.row(query, parameters)
        return next(iter(row.values())) if row else None

    def rows(self, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query by column name; dictionaries and lists of them go in as jsonb."""
        with guarded(self.conn):
            cursor = self.conn.execute(query, parameters and {k: carried(v) for k, v in parameters.items()})
            names = [column.name for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rollback(self) -> None:
        """Leave the transaction, if there is a connection that could be in one."""
        if not self.conn.closed:
            self.run("rollback")

    def breach(self, xid: str) -> str | None:
        """Return "transaction" or "lock" where a file ended that of the run, else None. Resets the role."""
        if self.conn.info.transaction_status == TransactionStatus.INTRANS:
            self.run("set role comply_owner")
            row = self.row(f"select pg_catalog.pg_current_xact_id()::text as xid, {HELD} as holds")
            if row["xid"] == xid:
                return None if row["holds"] else "lock"
        return "transaction"

    def committed(self, xid: str) -> bool:
        """Say whether a transaction that should have been rolled back was committed."""
        return self.value("select pg_catalog.pg_xact_status(%(xid)s::xid8)", {"xid": xid}) == "committed"

    def act_as_owner(self) -> None:
        """Take the role that owns everything. Raises RunnerError with exit 8 where the login may not."""
        try:
            self.run("set role comply_owner")
        except pg.InsufficientPrivilege as error:
            raise RunnerError(
                Exit.CONNECT,
                f"login {self.conn.info.user} cannot act as comply_owner",
                "Have whoever made that role grant it to the login; see comply-db doctor.",
            ) from error

    def event(self, event: str, **detail: Any) -> None:
        """Append an event to the history, if there is one, in a transaction of its own."""
        if self.has_history:
            self.act_as_owner()
            self.append(event, **detail)

    def append(self, event: str, **detail: Any) -> None:
        """Append an event to the history as the role at hand."""
        self.value(
            "select comply_private.record_event(%(run_id)s, %(event)s, %(detail)s)",
            {"run_id": self.report.run_id, "event": event, "detail": detail},
        )


@contextmanager
def refusable() -> Iterator[None]:
    """Turn what the database refuses into a RunnerError with exit 4, its hint included."""
    try:
        yield
    except pg.DatabaseError as error:
        raise RunnerError(Exit.INVALID, error.diag.message_primary or "", error.diag.message_hint) from error


def carried(value: Any) -> Any:
    """Return a parameter as psycopg sends it: dictionaries, and lists of them, as jsonb."""
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        from psycopg.types.json import Jsonb

        return Jsonb(value, dumps=lambda v: json.dumps(v, default=str, ensure_ascii=False))
    return value


@contextmanager
def guarded(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Turn the many ways in which a connection dies into ConnectionLostError."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        lost = (
            error.sqlstate is None
            or error.sqlstate.startswith("08")
            or error.sqlstate in ("57P01", "57P02", "57P03")
        )
        if conn.closed or conn.broken or lost:
            conn.close()
            raise ConnectionLostError(str(error).strip()) from error
        raise
    except pg.IdleInTransactionSessionTimeout as error:
        conn.close()
        raise ConnectionLostError(str(error).strip()) from error
