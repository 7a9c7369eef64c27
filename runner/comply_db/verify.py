"""Running the verify files of what is applied."""

import time

import psycopg

from comply_db.deploy import FileError, opening
from comply_db.errors import Exit, RunnerError
from comply_db.manifest import Manifest, SqlFile
from comply_db.plan import judge
from comply_db.session import Session
from comply_db.statements import session_settings


def verify(session: Session, manifest: Manifest, lock_wait_s: float) -> Exit:
    """Run the verify file of every version that is applied, each in a transaction that is rolled back."""
    session.open()
    session.lock(lock_wait_s)
    if not session.has_history:
        raise RunnerError(Exit.PENDING, "nothing is deployed")
    plan = judge(session, manifest)
    failed: list[str] = []
    passed = 0
    for file in manifest.named:
        if file.verify is None or plan.verdicts[file.path] == "pending":
            continue
        began = time.monotonic()
        check = SqlFile(file.path.replace(".sql", ".verify.sql"), file.verify)
        session.run(f"{opening(manifest.prelude)} {session_settings(file)}")
        try:
            session.run(check.text)
            passed += 1
            session.report.unit(check.path, "verify", "ok", began)
        except psycopg.Error as error:
            failure = FileError(check, error)
            failed.append(str(failure))
            session.report.unit(check.path, "verify", "failed", began, **failure.detail)
        session.rollback()
    session.event("verify", context={"passed": passed, "failed": failed})
    if failed:
        raise RunnerError(Exit.INVALID, "\n".join(failed))
    session.report.say(f"{passed} verify file(s) pass")
    return Exit.OK
