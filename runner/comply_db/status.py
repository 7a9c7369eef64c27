"""Where a database stands: what is pending, what is half-way, what its health checks say. Reads only."""

import time

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.manifest import Manifest
from comply_db.plan import REFUSALS, judge
from comply_db.session import ConnectionLostError, Session

POLL_S = 1


def wait_for(session: Session, version: int, timeout_s: float) -> Exit:
    """Wait until a version is applied, by whomever. Needs the right to call comply.schema_version()."""
    report, deadline = session.report, time.monotonic() + timeout_s
    said, is_open = None, False
    while True:
        try:
            if not is_open:
                session.open()
            is_open = True
            found = session.value("select comply.schema_version()")
            state = f"version {found} is applied"
        except (RunnerError, ConnectionLostError, psycopg.Error) as error:
            # Before the first deployment there is no function, no schema, perhaps no server.
            found, state = None, str(error).strip().split("\n")[0]
            is_open = isinstance(error, psycopg.Error)
        report.document["version"] = found
        if found is not None and found >= version:
            return Exit.OK
        if state != said:
            said = state
            report.say(f"waiting for version {version}: {state}")
        if time.monotonic() >= deadline:
            raise RunnerError(Exit.PENDING, f"version {version} is not applied: {state}")
        time.sleep(min(POLL_S, max(deadline - time.monotonic(), 0)))


def status(session: Session, manifest: Manifest) -> Exit:
    """Report how the database stands to the source tree. Raises RunnerError where it cannot be read."""
    session.open()
    report = session.report
    if not session.has_history:
        report.document["pending"] = [f.path for f in manifest.named]
        report.say(f"nothing is deployed; {len(manifest.named)} file(s) pending")
        return Exit.PENDING
    may_read = session.value("select pg_catalog.pg_has_role(current_user, 'comply_owner', 'member')")
    if not may_read:
        report.document["version"] = session.value("select comply.schema_version()")
        report.say(f"version {report.document['version']} is applied; more is for members of comply_owner")
        return Exit.OK
    report.document["version"] = session.value("select comply.schema_version()")
    plan = judge(session, manifest)
    report.document["pending"] = [f.path for f in plan.pending]
    report.document["refused"] = plan.refused
    report.document["orphans"] = session.rows(
        "select o.object, o.path from comply_private.orphans(%(paths)s) as o",
        {"paths": [f.path for f in manifest.named]},
    )
    report.document["lock_holder"] = session.lock_holder()
    report.document["health"] = health(session)
    report.say(f"version {report.document['version']} is applied, {len(plan.pending)} file(s) pending")
    for file in plan.pending:
        report.say(f"{plan.verdicts[file.path]}: {file.path}")
    for path, verdict in plan.refused.items():
        report.say(f"{verdict}: {path} {REFUSALS[verdict]}")
    for orphan in report.document["orphans"]:
        report.say(f"orphan: {orphan['object']}, once made by {orphan['path']}")
    for check in report.document["health"]:
        if check["status"] != "ok":
            report.say(f"{check['status']}: {check['name']}: {check['observed']}; {check['next_step']}")
    if plan.refused:
        return Exit.INVALID
    if any(verdict == "resume" for verdict in plan.verdicts.values()):
        return Exit.PARTIAL
    return Exit.PENDING if plan.pending else Exit.OK


def health(session: Session) -> list[dict[str, str]]:
    """Return the rows of comply.health(), none while it is not deployed."""
    try:
        return session.rows("select * from comply.health()")
    except psycopg.errors.UndefinedFunction:
        return []
