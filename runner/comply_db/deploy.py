"""Carrying out a plan: transactional units, files without a transaction, retries, losses, signals."""

import random
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from comply_db import __version__
from comply_db.errors import Exit, Interrupted, RunnerError
from comply_db.manifest import Manifest, SqlFile
from comply_db.plan import Plan, Unit, judge, refuse_unless_clean
from comply_db.session import HELD, ConnectionLostError, Session
from comply_db.statements import place, session_settings, split
from comply_db.watch import Watcher

TRY_LATER = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)
TRIES, LONGEST_PAUSE_S = 10, 30
ENDED = "ended its transaction; what it had committed by then stays, and is not recorded"
ENDED_HINT = "Take COMMIT, ROLLBACK and the like out of the file, and undo what it left behind."


@dataclass(frozen=True)
class DeployOptions:
    """How to deploy. lock_wait_s: how long to wait for another runner; tries: for a lock in the database."""

    to: int | None = None
    dry_run: bool = False
    prune: bool = False
    lock_wait_s: float = 600
    tries: int = TRIES
    terminate_blockers: bool = False


class FileError(Exception):
    """An error of the server, and the file that it is about."""

    def __init__(self, file: SqlFile, error: psycopg.Error, text: str | None = None) -> None:
        super().__init__(str(error))
        self.file = file
        self.error = error
        offset = file.text.find(text) if text is not None else 0
        position = error.diag.statement_position
        self.line, self.column = (
            place(file.text, int(position) + offset) if position and offset >= 0 else (None, None)
        )

    @property
    def detail(self) -> dict[str, Any]:
        """What a report and an event say of it."""
        diag = self.error.diag
        return {
            "sqlstate": self.error.sqlstate,
            "message": diag.message_primary or str(self.error),
            "hint": diag.message_hint,
            "detail": diag.message_detail,
            "context": diag.context,
            "line": self.line,
            "column": self.column,
        }

    def __str__(self) -> str:
        """file:line:column: sqlstate: message, with what else the server said on lines of their own."""
        said = self.detail
        where = ":".join(str(part) for part in (self.file.path, self.line, self.column) if part is not None)
        more = [f"\n{key}: {said[key]}" for key in ("detail", "hint", "context") if said[key]]
        return f"{where}: {said['sqlstate']}: {said['message']}{''.join(more)}"


def deploy(session: Session, manifest: Manifest, options: DeployOptions) -> Exit:
    """Bring the database to the state of the source tree. Raises RunnerError with its exit code."""
    session.open()
    session.lock(options.lock_wait_s)
    watcher = Watcher(session, options.terminate_blockers)
    watcher.start()
    run = Deployment(session, manifest, options, watcher)
    try:
        while True:
            try:
                return run.walk()
            except ConnectionLostError:
                watcher.watch(None)
                session.reopen(options.lock_wait_s)
    except Interrupted:
        watcher.watch(None)
        run.leave("interrupted")
        raise
    except RunnerError as error:
        run.leave("run_end", exit_code=int(error.exit_code))
        raise
    finally:
        watcher.ended.set()
        session.close()


@dataclass
class Deployment:
    """One run of deploy, over as many connections as it takes."""

    session: Session
    manifest: Manifest
    options: DeployOptions
    watcher: Watcher
    has_begun: bool = False
    xid: str | None = None

    def walk(self) -> Exit:
        """Judge the manifest and run what is pending, from the top."""
        session, report = self.session, self.session.report
        plan = judge(session, self.manifest, self.options.to)
        refuse_unless_clean(session, plan)
        units = plan.units()
        for unit in units:
            for file in unit.files:
                session_settings(file)
        total = len(plan.pending)
        report.document["pending"] = [f.path for f in plan.pending]
        if self.options.dry_run:
            return self.rehearse(units)
        done = 0
        for unit in units:
            done += len(unit.files)
            label = f"[{done}/{total}] {unit.files[-1].path}"
            report.progress(label)
            self.watcher.watch(label)
            self.apply(unit)
            for file in unit.files:
                report.document["pending"] = [p for p in report.document["pending"] if p != file.path]
        self.watcher.watch(None)
        self.settle(plan)
        if self.has_begun:
            session.event("run_end", context={"exit_code": 0})
        if session.has_history:
            version = report.document["version"] = session.value("select comply.schema_version()")
            report.say(f"version {version}: {f'{total} file(s) applied' if total else 'nothing to do'}")
        return Exit.OK

    def settle(self, plan: Plan) -> None:
        """Report what no current file makes, and drop it where that was asked for."""
        session, report = self.session, self.session.report
        if not session.has_history:
            return
        paths = [f.path for f in self.manifest.named]
        session.run(opening(self.manifest.prelude))
        if self.options.prune:
            self.begin()
            for row in session.rows(
                "select * from comply_private.prune(%(run_id)s, %(paths)s)",
                {"run_id": report.run_id, "paths": paths},
            ):
                report.say(f"dropped {row['object']}")
        report.document["orphans"] = session.rows(
            "select o.object, o.path from comply_private.orphans(%(paths)s) as o", {"paths": paths}
        )
        session.run("commit")
        for orphan in report.document["orphans"]:
            report.say(f"orphan: {orphan['object']}, once made by {orphan['path']}")

    def rehearse(self, units: list[Unit]) -> Exit:
        """Run the transactional units, up to the first that is not, and roll all of it back."""
        session, report = self.session, self.session.report
        begun = False
        for unit in units:
            if not unit.is_transactional:
                report.say(f"stopped at {unit.files[0].path}, which runs without a transaction")
                break
            try:
                self.execute(
                    unit, 1, self.opening_of(unit) if not begun else settings_of(self.manifest, unit)
                )
            except FileError as failure:
                session.rollback()
                raise self.failed(unit, failure, 1, time.monotonic()) from failure
            begun = True
            for file in unit.files:
                report.unit(file.path, "rehearse", "ok", time.monotonic())
        if begun:
            report.document["locks"] = session.rows(LOCKS)
        session.rollback()
        return Exit.OK

    def apply(self, unit: Unit) -> None:
        """Apply a unit, again and again while only a lock is in its way."""
        began = time.monotonic()
        for attempt in range(1, self.options.tries + 1):
            try:
                self.xid = None
                if not unit.is_transactional:
                    self.apply_statements(unit.files[0])
                else:
                    self.apply_transaction(unit, attempt)
            except FileError as failure:
                self.session.rollback()
                self.refuse_if_committed(failure)
                if isinstance(failure.error, TRY_LATER) and attempt < self.options.tries:
                    pause = min(2 ** (attempt - 1), LONGEST_PAUSE_S) * random.uniform(0.5, 1)  # noqa: S311
                    self.session.report.say(
                        f"{failure.file.path}: {failure.detail['message']}; trying again in {pause:.1f} s"
                    )
                    time.sleep(pause)
                    continue
                raise self.failed(unit, failure, attempt, began) from failure
            for file in unit.files:
                self.session.report.unit(file.path, "apply", "ok", began, attempts=attempt)
            return

    def failed(self, unit: Unit, failure: FileError, attempts: int, began: float) -> RunnerError:
        """Note a failure in the history and the report, and return what to raise."""
        session, said = self.session, failure.detail
        session.report.unit(
            failure.file.path,
            "apply",
            "failed",
            began,
            attempts=attempts,
            **{key: said[key] for key in ("sqlstate", "message", "line", "column")},
        )
        if not self.options.dry_run:
            session.event(
                "fail",
                path=failure.file.path,
                content=failure.file.text,
                sqlstate=said["sqlstate"],
                message=said["message"],
                error_line=failure.line,
                attempts=attempts,
                transactional=unit.is_transactional,
                context={key: said[key] for key in ("hint", "detail", "context") if said[key]},
            )
        if isinstance(failure.error, TRY_LATER):
            return RunnerError(
                Exit.LOCK_TIMEOUT, f"{failure}\ngave up after {attempts} tries", "Try again later."
            )
        if unit.is_transactional:
            return RunnerError(Exit.FAILED, f"{failure}\nrolled back")
        return RunnerError(
            Exit.PARTIAL, f"{failure}\nthe file is half-way", "Mend the cause and deploy again."
        )

    def begin(self) -> None:
        """Open the history of this run, once there is something to tell."""
        if not self.has_begun:
            self.record_begin()
            self.has_begun = True

    def record_begin(self) -> None:
        """Append the event that a run begins with, in the transaction at hand or in one of its own."""
        self.session.append(
            "run_begin",
            context={
                "runner_version": __version__,
                "git_commit": git_commit(self.manifest),
                "options": {k: v for k, v in vars(self.options).items() if v not in (None, False)},
            },
        )

    def opening_of(self, unit: Unit) -> str:
        """Return what begins the transaction of a unit: on an empty database there is no role to set yet."""
        if unit.is_bootstrap and not self.session.has_history:
            return "reset all; begin;"
        return f"{opening(self.manifest.prelude)} {' '.join(session_settings(f) for f in unit.files)}"

    def apply_transaction(self, unit: Unit, attempt: int) -> None:
        """Run a unit and its tracking rows in one transaction."""
        if self.session.has_history:
            self.begin()
        self.execute(unit, attempt, self.opening_of(unit))
        try:
            self.session.run("commit")
        except psycopg.Error as error:
            raise FileError(unit.files[-1], error) from error
        self.session.has_history = self.has_begun = True

    def execute(self, unit: Unit, attempt: int, start: str) -> None:
        """Run a unit and its tracking rows in the transaction that start begins, or goes on with."""
        session = self.session
        session.run(start)
        fresh = not session.has_history
        if fresh:
            self.xid, before = session.value("select pg_catalog.pg_current_xact_id()::text"), None
        else:
            found = session.row("select xid::text, before from comply_private.begin_unit()")
            self.xid, before = found["xid"], found["before"]
            for file in unit.rebuilds:
                for row in session.rows(
                    "select * from comply_private.removals(%(path)s)", {"path": file.path}
                ):
                    self.send(file, row["removal"])
        for file in unit.texts:
            self.send(file, file.text)
            self.refuse_unless_inside(file)
            if file.verify is not None and file in unit.files:
                session.run("savepoint verify")
                self.send(SqlFile(file.path.replace(".sql", ".verify.sql"), file.verify), file.verify)
                session.run("rollback to savepoint verify; release savepoint verify")
                self.refuse_unless_inside(file)
        try:
            if fresh:
                self.record_begin()
            self.record(unit.files, before, attempt)
        except psycopg.Error as error:
            raise FileError(unit.files[-1], error) from error

    def record(self, files: tuple[SqlFile, ...], before: list[str] | None, attempt: int, **more: Any) -> None:
        """Write the tracking rows of files that ran."""
        self.session.value(
            "select comply_private.record_unit(%(run_id)s, %(files)s, %(before)s, %(attempts)s)",
            {
                "run_id": self.session.report.run_id,
                "files": [
                    {
                        "path": f.path,
                        "content": f.text,
                        "revert_content": f.revert,
                        "transactional": f.is_transactional,
                    }
                    | more
                    for f in files
                ],
                "before": before,
                "attempts": attempt,
            },
        )

    def send(self, file: SqlFile, text: str) -> None:
        """Send a text of a file as one simple query. Raises FileError."""
        try:
            self.session.run(text)
        except psycopg.Error as error:
            raise FileError(file, error, text) from error

    def refuse_unless_inside(self, file: SqlFile) -> None:
        """Raise RunnerError unless the transaction and the lock are the ones that the file was given."""
        breach = self.session.breach(self.xid or "")
        if breach == "transaction":
            raise self.ended(file)
        if breach == "lock":
            raise self.misbehaved(file, Exit.FAILED, "gave up the lock of the deployment; rolled back")

    def refuse_if_committed(self, failure: FileError) -> None:
        """Raise RunnerError where a file failed after it had committed a part of itself."""
        if self.xid is not None and self.session.committed(self.xid):
            self.session.report.say(str(failure))
            raise self.ended(failure.file)

    def ended(self, file: SqlFile) -> RunnerError:
        """Return what to raise where a file ended the transaction that it was given."""
        return self.misbehaved(file, Exit.PARTIAL, ENDED, ENDED_HINT)

    def misbehaved(self, file: SqlFile, code: Exit, deed: str, hint: str | None = None) -> RunnerError:
        """Roll back, note what a file did, and return what to raise."""
        message = f"{file.path} {deed}"
        self.session.rollback()
        if not self.options.dry_run:
            self.session.event("fail", path=file.path, content=file.text, message=message, transactional=True)
        self.session.report.unit(file.path, "apply", "failed", time.monotonic(), message=message)
        return RunnerError(code, message, hint)

    def apply_statements(self, file: SqlFile) -> None:
        """Run a file without a transaction, statement by statement, from where an earlier run stopped."""
        session = self.session
        self.begin()
        session.run(opening(self.manifest.prelude, begin=False) + session_settings(file))
        statements = split(file)
        hashes = [sha256(s.encode()).digest() for s in statements]
        try:
            state = session.row(
                "select * from comply_private.begin_statements(%(path)s, %(checksum)s, %(hashes)s)",
                {"path": file.path, "checksum": bytes.fromhex(file.checksum), "hashes": hashes},
            )
        except psycopg.Error as error:
            raise RunnerError(Exit.PARTIAL, str(FileError(file, error))) from error
        for number, statement in enumerate(statements):
            if number < state["statements_done"]:
                continue
            in_flight = number == state["statements_done"] and state["in_flight"] is not None
            try:
                self.apply_statement(file, statement, hashes[number], in_flight)
            except FileError:
                # What cannot be dropped now, for want of a lock, the next try or the next run drops.
                with suppress(FileError):
                    self.clean_up(file, statement)
                session.value("select comply_private.end_statement(%(path)s)", {"path": file.path})
                raise
        if file.verify is not None and not self.verifies(file):
            raise RunnerError(Exit.PARTIAL, f"{file.path}: its verify file fails", "See comply-db verify.")
        session.run("begin")
        self.record((file,), state["before"] or [], 1, statements=len(statements))
        session.run("commit")

    def apply_statement(self, file: SqlFile, statement: str, digest: bytes, in_flight: bool) -> None:
        """Run one statement that needs to be outside of a transaction, unless an earlier run has done it."""
        session = self.session
        verdict = self.clean_up(file, statement, in_flight)
        if verdict == "verify":
            if file.verify is None:
                raise RunnerError(
                    Exit.PARTIAL,
                    f"{file.path}: nothing tells whether this statement has run: {statement}",
                    "Write a verify file that does.",
                )
            verdict = "done" if self.verifies(file) else "run"
        if verdict == "run":
            session.value(
                "select comply_private.begin_statement(%(path)s, %(statement)s)",
                {"path": file.path, "statement": statement},
            )
            self.send_alone(file, statement)
            session.run("set role comply_owner")
            if not session.value(f"select {HELD}"):
                raise RunnerError(Exit.PARTIAL, f"{file.path} gave up the lock of the deployment")
        session.value(
            "select comply_private.end_statement(%(path)s, %(hash)s)", {"path": file.path, "hash": digest}
        )

    def send_alone(self, file: SqlFile, statement: str) -> None:
        """Send one statement outside of a transaction; a transaction that it opens is refused."""
        self.send(file, statement)
        if self.session.conn.info.transaction_status != TransactionStatus.IDLE:
            self.session.rollback()
            raise RunnerError(
                Exit.PARTIAL, f"{file.path} opened a transaction", "Take BEGIN out of the file."
            )

    def clean_up(self, file: SqlFile, statement: str, in_flight: bool = False) -> str:
        """Drop what a concurrent build left invalid, and return what to do with the statement."""
        judged = self.session.row(
            "select verdict, cleanup from comply_private.judge_statement(%(statement)s, %(in_flight)s)",
            {"statement": statement, "in_flight": in_flight},
        )
        if judged["cleanup"]:
            self.send(file, judged["cleanup"])
        return judged["verdict"]

    def verifies(self, file: SqlFile) -> bool:
        """Run the verify file of a file in a transaction that is rolled back, and say whether it passed."""
        self.session.run("begin")
        try:
            self.session.run(file.verify or "")
        except psycopg.Error:
            return False
        finally:
            self.session.rollback()
        return True

    def leave(self, event: str, **context: Any) -> None:
        """Roll back and say in the history why the run ended, if the connection still allows it."""
        try:
            self.session.rollback()
            if self.has_begun:
                self.session.event(event, context=context)
        except (psycopg.Error, ConnectionLostError):
            return


LOCKS = """
select distinct l.relation::regclass::text as relation, l.mode
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c on c.oid = l.relation
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where l.pid = pg_catalog.pg_backend_pid()
  and n.nspname in ('comply', 'comply_private')
  and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
order by 1, 2
"""


def opening(prelude: str, begin: bool = True) -> str:
    """Return what every unit begins with: nothing is left of the file before, and the prelude holds."""
    return f"reset all; {'begin; ' if begin else ''}{prelude}\n"


def settings_of(manifest: Manifest, unit: Unit) -> str:
    """Return the settings of a unit inside a transaction that goes on."""
    return f"{manifest.prelude}\n{' '.join(session_settings(f) for f in unit.files)}"


def git_commit(manifest: Manifest) -> str | None:
    """Return the commit of the source tree, or None where it is not a working tree."""
    if not (manifest.root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(manifest.root), "rev-parse", "HEAD"], capture_output=True, text=True
        )
    except OSError:
        return None
    return done.stdout.strip() or None
