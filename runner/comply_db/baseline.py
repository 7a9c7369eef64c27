"""Adopting a schema that psql installed, and accepting an edit of a file that was applied."""

import time
import uuid
from dataclasses import replace

from psycopg import sql
from psycopg.conninfo import make_conninfo

from comply_db.deploy import DeployOptions, deploy
from comply_db.errors import Exit, RunnerError
from comply_db.manifest import Manifest
from comply_db.report import Report
from comply_db.session import Session, refusable

ADOPTED = """
select e.path, e.content, e.revert_content, e.transactional, e.statements, m.objects
from comply_private.schema_migrations as m
join comply_private.schema_migration_events as e on e.seq = m.last_seq
order by e.seq
"""


def accept(session: Session, manifest: Manifest, path: str, reason: str) -> Exit:
    """Take the present text of a versioned file for the one that was applied."""
    if path not in manifest.files:
        raise RunnerError(Exit.INVALID, f"the manifest does not name {path}")
    session.open()
    session.lock(0)
    if not session.has_history:
        raise RunnerError(Exit.PENDING, "nothing is deployed")
    session.act_as_owner()
    with refusable():
        session.value(
            "select comply_private.accept_edit(%(run_id)s, %(path)s, %(content)s, %(reason)s)",
            {
                "run_id": session.report.run_id,
                "path": path,
                "content": manifest.files[path].text,
                "reason": reason,
            },
        )
    session.report.unit(path, "accept", "ok", time.monotonic())
    return Exit.OK


def baseline(session: Session, manifest: Manifest, version: int, lock_wait_s: float) -> Exit:
    """Record a schema through a version as applied, if it is what a scratch install of the same files makes.

    The scratch install is a database of its own on the same server, dropped afterwards.
    """
    session.open()
    session.lock(lock_wait_s)
    if not session.has_history:
        raise RunnerError(Exit.INVALID, "there is nothing to adopt", "Deploy.")
    scratch = sql.Identifier(name := f"comply_scratch_{uuid.uuid4().hex[:12]}")
    session.run(sql.SQL("create database {} template template0").format(scratch).as_string())
    try:
        files, expected = scratch_install(session, name, manifest, version)
    finally:
        # Not with (force): only a superuser may end an autovacuum worker by it. Without it, the server ends
        # the worker itself, and waits five seconds for whoever else is there.
        session.run(sql.SQL("drop database if exists {}").format(scratch).as_string())
    session.act_as_owner()
    differing = session.rows("select * from comply_private.drift(%(expected)s)", {"expected": expected})
    session.report.document["drift"] = differing
    if differing:
        lines = [f"{row['state']}: {row['object']}" for row in differing]
        raise RunnerError(
            Exit.DRIFT, "\n".join(lines), f"This is not what the files make through version {version:04}."
        )
    with refusable():
        session.value(
            "select comply_private.record_baseline(%(run_id)s, %(files)s)",
            {"run_id": session.report.run_id, "files": files},
        )
    for file in files:
        session.report.unit(file["path"], "baseline", "ok", time.monotonic())
    return Exit.OK


def scratch_install(
    session: Session, name: str, manifest: Manifest, version: int
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Deploy through a version to an empty database; return its files and the fingerprints of its objects."""
    options = replace(session.options, dsn=make_conninfo(session.options.dsn or "", dbname=name))
    quiet = Report("baseline", is_quiet=True)
    deploy(Session(options, quiet), manifest, DeployOptions(to=version))
    there = Session(options, quiet)
    there.open()
    try:
        there.run("set role comply_owner; set row_security = on")
        return there.rows(ADOPTED), there.value("select comply_private.object_fingerprints()")
    finally:
        there.close()
