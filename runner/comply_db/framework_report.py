"""Reports on a framework. The server says everything in them; this chooses the form, and carries the files.

A file gets its name when it is whole, is never written over, and is on record only once it is where the
record says: what a run that was killed has left is in no record.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comply_db import evidence, oscal, sarif
from comply_db.errors import Exit, RunnerError
from comply_db.page import page
from comply_db.session import Session, refusable
from comply_db.store import Folder, Store, location, open_store

SUFFIXES = {"html": ".html", "json": ".json", "oscal": ".oscal.json", "sarif": ".sarif"}
REPORT = "select comply.report(%(framework)s, %(period_from)s, %(period_to)s, %(tenant)s)"
NEW_NAME = "Pass a new name: no report is written over."
DUE = "select * from comply.due_reports()"
RECORD = "select comply.record_report(%(report)s, %(location)s, %(files)s, %(schedule)s)"


@dataclass(frozen=True)
class ReportOptions:
    """What a report is told: from and to as times with their zone, to excluded; "-" is standard output."""

    framework: str
    since: datetime
    before: datetime
    format: str
    to_file: str
    tenant: str | None
    record: bool


def report(session: Session, options: ReportOptions) -> Exit:
    """Write a report into a new file, or a new folder for CSV. Raises RunnerError where it exists."""
    to_stdout, path = options.to_file == "-", Path(options.to_file)
    if to_stdout and (options.format == "csv" or options.record or session.report.as_json):
        raise RunnerError(Exit.USAGE, "say -o FILE: standard output is for one file that is not recorded")
    if not to_stdout and path.exists():
        raise RunnerError(Exit.USAGE, f"{path} is there already", NEW_NAME)
    session.open()
    try:
        asked = {"framework": options.framework, "period_from": options.since, "period_to": options.before}
        made = _made(session, asked | {"tenant": options.tenant})
        files = rendered(made, options.format, path.name)
        if to_stdout:
            sys.stdout.buffer.write(files[0][1])
            return Exit.OK
        listed = _hand_out(session, Folder(str(path.parent)), made, {options.format: files}, options.record)
    finally:
        session.close()
    session.report.document |= {"summary": made["summary"], "run": made["run"], "files": listed}
    session.report.say(said(made, options.to_file))
    return Exit.OK


def due(session: Session, where: str) -> Exit:
    """Make every report that schedules ask for, write it to a folder or container, and put it on record.

    One that is refused stops no other: its reason is raised when all others are made.
    """
    session.open()
    made, refused = 0, {}
    try:
        store = open_store(where, session.options.auth)
        # Of each schedule the earliest period: a runner that was away makes up for all.
        while waiting := [row for row in session.rows(DUE) if row["schedule"] not in refused]:
            for schedule in waiting:
                try:
                    _scheduled(session, store, schedule)
                    made += 1
                except RunnerError as error:
                    if error.exit_code is Exit.CONNECT:
                        raise
                    refused[schedule["schedule"]] = error
                    session.report.say(f"{schedule['framework']}, schedule {schedule['schedule']}: {error}")
    finally:
        session.close()
    session.report.document["reports"] = made
    session.report.say(f"{made} report{'' if made == 1 else 's'} made, in {where}")
    for error in refused.values():
        raise error
    return Exit.OK


def rendered(made: dict[str, Any], form: str, name: str) -> list[tuple[str, bytes]]:
    """Return the files of a report in one format: their names, and what is in them."""
    if form == "csv":
        return [(f"{name}/{part}", data) for part, data in evidence.files(made)]
    if form == "html":
        return [(name, page(made).encode())]
    document = {"json": lambda r: r, "oscal": oscal.assessment_results, "sarif": sarif.log}[form](made)
    return [(name, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())]


def counted(summary: dict[str, Any]) -> str:
    """Return in words how many controls have which status."""
    controls = summary["controls"]
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in controls.items() if count)


def said(made: dict[str, Any], where: str) -> str:
    """Return a report in a sentence."""
    head = f"{made['framework']['framework_id']}, {len(made['controls'])} controls"
    return f"{head}: {counted(made['summary'])}; written to {where}"


def _made(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    with refusable():
        return session.value(REPORT, asked)


def _scheduled(session: Session, store: Store, schedule: dict[str, Any]) -> None:
    asked = {name: schedule[name] for name in ("framework", "period_from", "period_to", "tenant")}
    made = _made(session, asked)
    # With a name of its own, as a run that was killed may have left another report on the same period.
    began = schedule["period_from"].astimezone(UTC)
    stem = f"{schedule['framework']}_{began:%Y-%m-%d}_{session.report.run_id}_{schedule['schedule']}"
    files = {form: rendered(made, form, stem + SUFFIXES.get(form, "")) for form in schedule["formats"]}
    listed = _hand_out(session, store, made, files, True, schedule["schedule"])
    session.report.say(said(made, f"{store.where}: {', '.join(file['name'] for file in listed)}"))


def _hand_out(
    session: Session,
    store: Store,
    made: dict[str, Any],
    files: dict[str, list[tuple[str, bytes]]],
    record: bool,
    schedule: Any = None,
) -> list[dict[str, Any]]:
    """Write files by format, and record them; take them back where that is refused."""
    listed = []
    try:
        for form, contents in files.items():
            for name, data in contents:
                if not store.upload(name, io.BytesIO(data)):
                    raise RunnerError(Exit.LOCKED, f"{name} is there already", NEW_NAME)
                digest = hashlib.sha256(data).hexdigest()
                listed.append({"format": form, "name": name, "bytes": len(data), "sha256": digest})
        if record:
            _record(session, made, location(store), listed, schedule)
    except RunnerError:
        for file in listed:
            store.remove(file["name"])
        raise
    return listed


def _record(
    session: Session, made: dict[str, Any], where: str, listed: list[dict[str, Any]], schedule: Any
) -> None:
    head = {key: made[key] for key in ("framework", "period", "tenant", "run", "ledger")}
    with refusable():
        report_id = session.value(
            RECORD, {"report": head, "location": where, "files": listed, "schedule": schedule}
        )
    session.report.document["report_id"] = str(report_id)
