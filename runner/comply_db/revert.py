"""Undoing versions, with the texts that the history keeps: no source tree is needed."""

import time

import psycopg

from comply_db.deploy import ENDED, ENDED_HINT, FileError, opening
from comply_db.errors import Exit, Interrupted, RunnerError
from comply_db.manifest import SqlFile
from comply_db.session import Session, refusable
from comply_db.statements import split


def revert(session: Session, target: int, prelude: str, lock_wait_s: float) -> Exit:
    """Undo every version after target, the highest first, each with its functions, triggers and policies.

    A version and what belongs to it is one transaction, unless its revert file says no-transaction.
    """
    session.open()
    session.lock(lock_wait_s)
    if not session.has_history:
        raise RunnerError(Exit.INVALID, "nothing is deployed")
    session.run(opening(prelude, begin=False))
    with refusable():
        steps = session.rows("select * from comply_private.revert_steps(%(target)s)", {"target": target})
    if not steps:
        session.report.say(f"nothing to undo after version {target}")
        return Exit.OK
    session.event("run_begin", context={"options": {"to": target, "command": "revert"}})
    try:
        for version in dict.fromkeys(step["version"] for step in steps):
            revert_version(session, prelude, [step for step in steps if step["version"] == version])
    except Interrupted:
        session.rollback()
        session.event("interrupted")
        raise
    session.event("run_end", context={"exit_code": 0})
    return Exit.OK


def revert_version(session: Session, prelude: str, steps: list[dict[str, str]]) -> None:
    """Undo one version. Raises RunnerError with exit 6 once it is rolled back."""
    began = time.monotonic()
    session.run(opening(prelude))
    for step in steps:
        file = SqlFile(step["path"], step["content"] or "")
        xid = None
        try:
            unit = session.row("select xid::text, before from comply_private.begin_unit()")
            xid = unit["xid"]
            undo(session, step["action"], file)
            breach = session.breach(xid) if file.is_transactional else None
            if breach is None:
                record(session, step["action"], file, unit["before"])
        except psycopg.Error as error:
            session.rollback()
            failure = FileError(file, error)
            breach = "transaction" if xid is not None and session.committed(xid) else "error"
        if breach is not None:
            raise failed(session, file, breach, failure if breach == "error" else None, began)
    session.run("commit")
    for step in steps:
        session.report.unit(step["path"], step["action"], "ok", began)


def undo(session: Session, action: str, file: SqlFile) -> None:
    """Drop what a file made, or run the text that undoes it or that stood before it."""
    if action == "drop":
        rows = session.rows("select * from comply_private.removals(%(path)s, true)", {"path": file.path})
        for row in rows:
            session.run(row["removal"])
    elif file.is_transactional:
        session.run(file.text)
    else:
        session.run("commit")
        for statement in split(file):
            session.run(statement)
        session.run("begin; set role comply_owner")


def record(session: Session, action: str, file: SqlFile, before: list[str]) -> None:
    """Write what became of a file."""
    if action == "restore":
        known = {"path": file.path, "content": file.text, "event": "revert", "transactional": True}
        session.value(
            "select comply_private.record_unit(%(run_id)s, %(files)s, %(before)s)",
            {"run_id": session.report.run_id, "files": [known], "before": before},
        )
    else:
        session.value(
            "select comply_private.record_revert(%(run_id)s, %(path)s)",
            {"run_id": session.report.run_id, "path": file.path},
        )


def failed(
    session: Session, file: SqlFile, breach: str, failure: FileError | None, began: float
) -> RunnerError:
    """Roll back, note the failure, and return what to raise."""
    session.rollback()
    said = failure.detail if failure else {"sqlstate": None, "message": ENDED}
    session.report.unit(file.path, "revert", "failed", began, sqlstate=said["sqlstate"])
    session.event("fail", path=file.path, sqlstate=said["sqlstate"], message=said["message"])
    if failure is not None:
        return RunnerError(Exit.FAILED, f"{failure}\nrolled back")
    if breach == "lock":
        return RunnerError(Exit.FAILED, f"{file.path} gave up the lock of the deployment; rolled back")
    return RunnerError(Exit.PARTIAL, f"{file.path} {ENDED}", ENDED_HINT)
