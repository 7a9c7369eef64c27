"""A second connection that looks at the first while it works: who blocks it, and how far it has come."""

import threading
import time
from typing import Any

import psycopg

from comply_db.connect import connect
from comply_db.errors import RunnerError
from comply_db.session import Session

BLOCKERS = """
select a.pid, a.application_name as application, a.usename as user, a.state, a.xact_start as since, a.query
from unnest(pg_catalog.pg_blocking_pids(%s)) as b (pid)
join pg_catalog.pg_stat_activity as a on a.pid = b.pid
"""

BUILD = """
select format('%%s %%s %%s%%%%', p.phase, p.index_relid::regclass,
              (100.0 * coalesce(nullif(p.blocks_done, 0), p.tuples_done)
               / nullif(coalesce(nullif(p.blocks_total, 0), p.tuples_total), 0))::integer)
from pg_catalog.pg_stat_progress_create_index as p
where p.pid = %s
"""


class Watcher(threading.Thread):
    """Tells what a statement waits for, once it has run for a second. Never holds a transaction open."""

    def __init__(self, session: Session, terminate_blockers: bool = False) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.terminate_blockers = terminate_blockers
        self.label: str | None = None
        self.began = 0.0
        self.ended = threading.Event()
        self.told: set[int] = set()

    def watch(self, label: str | None) -> None:
        """Say what is being worked on, or None."""
        self.began = time.monotonic()
        self.label = label

    def run(self) -> None:
        """Look every half second. What goes wrong here is no reason to stop the deployment."""
        conn: psycopg.Connection[Any] | None = None
        while not self.ended.wait(0.5):
            label, elapsed = self.label, time.monotonic() - self.began
            if label is None or elapsed < 1:
                continue
            try:
                if conn is None or conn.closed:
                    conn = connect(self.session.options)
                self.look(conn, label, elapsed)
            except (psycopg.Error, RunnerError):
                continue
        if conn is not None:
            conn.close()

    def look(self, conn: psycopg.Connection[Any], label: str, elapsed: float) -> None:
        """Report the blockers of the deployment, or else its progress."""
        report, pid = self.session.report, self.session.conn.info.backend_pid
        for blocker, application, user, state, since, query in conn.execute(BLOCKERS, [pid]).fetchall():
            if blocker not in self.told:
                self.told.add(blocker)
                report.say(
                    f"{label} waits for pid {blocker}, {application}, {user}, {state}, since {since}: {query}"
                )
            if self.terminate_blockers:
                conn.execute("select pg_terminate_backend(%s)", [blocker])
                report.say(f"terminated pid {blocker}")
        build = conn.execute(BUILD, [pid]).fetchone()
        report.progress(f"{label} {elapsed:.0f} s {build[0] if build else ''}")
