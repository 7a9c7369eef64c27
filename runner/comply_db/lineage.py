"""Lineage as events of OpenLineage, one a line; the server writes every byte of them."""

from datetime import datetime
from pathlib import Path

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.load import refusal
from comply_db.session import Session, guarded

EVENTS = """
select e::text
from comply.openlineage_events(%(since)s, %(before)s, %(namespace)s, %(tenant)s) as e
"""


def export(
    session: Session, since: datetime, before: datetime, tenant: str | None, namespace: str | None, to: Path
) -> Exit:
    """Write the events of a time into a new file. Raises RunnerError where the file is there."""
    session.open()
    try:
        host, port = session.conn.info.host, session.conn.info.port
        # Behind a pooler or a load balancer the server knows another address than the one that people use.
        if namespace is None and host and not host.startswith("/"):
            namespace = f"postgres://{host}:{port}"
        asked = {"since": since, "before": before, "namespace": namespace, "tenant": tenant}
        try:
            file = to.open("x", encoding="utf-8")
        except OSError as error:
            raise RunnerError(Exit.USAGE, f"{to}: {error.strerror}", "Name a new file.") from error
        events = 0
        try:
            with file, guarded(session.conn):
                for (event,) in session.conn.cursor(row_factory=psycopg.rows.tuple_row).stream(EVENTS, asked):
                    file.write(event + "\n")
                    events += 1
        except BaseException:
            to.unlink()
            raise
    except psycopg.Error as error:
        raise refusal(error) from error
    finally:
        session.close()
    session.report.document |= {"events": events, "file": str(to)}
    session.report.say(f"{events} events in {to}")
    return Exit.OK
