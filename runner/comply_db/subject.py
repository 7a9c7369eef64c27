"""What is held on a subject, as a file that only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.export import CONTEXT_VARIABLE
from comply_db.kek import Kek, unwrap_key
from comply_db.load import refusal
from comply_db.session import Session

EXPORT = """
select d.document::text as document, d.document ->> 'subject_digest' as digest,
  (d.document ->> 'fields_opened')::bigint as opened, (d.document ->> 'fields_sealed')::bigint as sealed
from (select comply.subject_export(%(tenant)s, %(subject)s) as document) as d
"""
# What a service is told that has not entered the tenant yet.
OTHER_CONTEXT = ("PC332", "PC325", "PC004")


def export(session: Session, tenant: str, subject: str, to: Path, where: tuple[str, ...]) -> Exit:
    """Write the export of a subject into a new file. Raises RunnerError where the file is there."""
    keks = _keks(session, where)
    session.open()
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RunnerError(Exit.USAGE, f"{to}: {error.strerror}", "Name a new file.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            row = _ask(session, {"tenant": tenant, "subject": subject}, keks)
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


def _ask(session: Session, asked: dict[str, str], keks: list[Kek]) -> dict[str, Any]:
    """Return the export and what it says of itself; a service enters the tenant first."""
    token = os.environ.get(CONTEXT_VARIABLE)
    try:
        session.run("begin")
        if token is not None:
            session.rows("select comply.enter_signed(%(token)s)", {"token": token})
        try:
            session.run("savepoint alone")
            return _export(session, asked, keks)
        except psycopg.Error as error:
            if error.sqlstate not in OTHER_CONTEXT or token is not None:
                raise
        session.run("rollback to savepoint alone")
        session.rows("select comply.enter(%(tenant)s)", asked)
        return _export(session, asked, keks)
    except psycopg.Error as error:
        raise refusal(error) from error


def _keks(session: Session, where: tuple[str, ...]) -> list[Kek]:
    if not where:
        return []
    # Takes cryptography, which an export that opens nothing does not need.
    from comply_db import keys

    return keys.open_keks(session, where)


def _export(session: Session, asked: dict[str, str], keks: list[Kek]) -> dict[str, Any]:
    if not keks:
        return session.row(EXPORT, asked)
    from comply_db import envelope, keys

    opened: dict[UUID, bytes] = {}
    rows = [r for r in session.rows(keys.WRAPPED, asked) if r["purpose"] == "enc"]
    for row in sorted(rows, key=lambda r: r["is_subject"]):
        named, wrapped, wrapper = row["key_id"], row["wrapped"], row["wrapper"]
        if row["is_subject"]:
            opened[named] = envelope.unwrap_subject_key(
                wrapped, asked["tenant"], named, opened[UUID(wrapper)]
            )
        else:
            opened[named] = unwrap_key(keks, wrapper, wrapped, asked["tenant"], "enc", named)
    if opened:
        found = {"ids": list(opened), "keys": list(opened.values()), "tenant": asked["tenant"]}
        session.value(keys.OPEN, found)
    return session.row(EXPORT, asked)
