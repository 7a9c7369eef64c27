"""Undoing versions, with the texts that the history keeps: no source tree is needed."""

import time

import psycopg

from comply_db.deploy import FileError, opening
from comply_db.errors import Exit, Interrupted, RunnerError
from comply_db.manifest import SqlFile
from comply_db.session import Session
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
    try:
        steps = session.rows("select * from comply_private.revert_steps(%(target)s)", {"target": target})
    except psycopg.errors.DatabaseError as error:
        raise RunnerError(Exit.INVALID, error.diag.message_primary or "", error.diag.message_hint) from error
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
        try:
            if step["action"] == "drop":
                rows = session.rows(
                    "select * from comply_private.removals(%(path)s, true)", {"path": file.path}
                )
                for row in rows:
                    session.run(row["removal"])
            elif step["action"] == "revert" and not file.is_transactional:
                session.run("commit")
                for statement in split(file):
                    session.run(statement)
                session.run("begin; set role comply_owner")
            else:
                before = session.value("select before from comply_private.begin_unit()")
                session.run(file.text)
                session.run("set role comply_owner")
            if step["action"] == "restore":
                session.value(
                    "select comply_private.record_unit(%(run_id)s, %(files)s, %(before)s)",
                    {
                        "run_id": session.report.run_id,
                        "files": [
                            {
                                "path": file.path,
                                "content": file.text,
                                "event": "revert",
                                "transactional": True,
                            }
                        ],
                        "before": before,
                    },
                )
            else:
                session.value(
                    "select comply_private.record_revert(%(run_id)s, %(path)s)",
                    {"run_id": session.report.run_id, "path": file.path},
                )
        except psycopg.Error as error:
            session.rollback()
            failure = FileError(file, error)
            session.report.unit(file.path, step["action"], "failed", began, sqlstate=error.sqlstate)
            session.event("fail", path=file.path, sqlstate=error.sqlstate, message=failure.detail["message"])
            raise RunnerError(Exit.FAILED, f"{failure}\nrolled back") from error
    session.run("commit")
    for step in steps:
        session.report.unit(step["path"], step["action"], "ok", began)
