"""What is held on a subject, as a file that only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.export import CONTEXT_VARIABLE
from comply_db.load import refusal
from comply_db.session import Session

EXPORT = """
select d.document::text as document, d.document ->> 'subject_digest' as digest,
  (d.document ->> 'fields_opened')::bigint as opened, (d.document ->> 'fields_sealed')::bigint as sealed
from (select comply.subject_export(%(tenant)s, %(subject)s) as document) as d
"""
OTHER_CONTEXT = "PC332"


def export(session: Session, tenant: str, subject: str, to: Path) -> Exit:
    """Write the export of a subject into a new file. Raises RunnerError where the file is there."""
    session.open()
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RunnerError(Exit.USAGE, f"{to}: {error.strerror}", "Name a new file.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            row = _ask(session, tenant, subject)
            file.write(row.pop("document") + "\n")
            file.flush()
            os.fsync(handle)
            # Last: only what has left the database whole is committed, and with it the trace of it.
            session.run("commit")
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    session.report.document |= {"file": str(to)} | row
    session.report.say(f"{to}: subject {row['digest']}; {row['sealed']} field(s) left sealed")
    return Exit.OK


def _ask(session: Session, tenant: str, subject: str) -> dict[str, Any]:
    """Return the export and what it says of itself; a service enters the tenant first."""
    asked = {"tenant": tenant, "subject": subject}
    token = os.environ.get(CONTEXT_VARIABLE)
    try:
        session.run("begin")
        if token is not None:
            session.rows("select comply.enter_signed(%(token)s)", {"token": token})
        try:
            session.run("savepoint alone")
            return session.row(EXPORT, asked)
        except psycopg.Error as error:
            if error.sqlstate != OTHER_CONTEXT or token is not None:
                raise
        session.run("rollback to savepoint alone")
        session.rows("select comply.enter(%(tenant)s)", asked)
        return session.row(EXPORT, asked)
    except psycopg.Error as error:
        raise refusal(error) from error
