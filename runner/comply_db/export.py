"""Exporting the audit trail as files that a stranger can check, and checking them.

The server writes every byte of a row; nothing here looks into one. All files are of one snapshot. They get
their names when they are whole, the manifest last, and no file is ever written over: a folder without
manifest.json holds no export.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

import psycopg
from psycopg import sql

from comply_db import __version__
from comply_db.errors import Exit, RunnerError
from comply_db.load import refusal
from comply_db.report import Report
from comply_db.session import Session, guarded

MANIFEST = "manifest.json"
FORM = "comply-db audit export 1"
CHUNK_BYTES = 1 << 20
CONTEXT_VARIABLE = "COMPLY_CONTEXT_TOKEN"

# One snapshot, and the settings that decide how values are written: the same rows are the same bytes.
BEGIN = """
begin isolation level repeatable read{mode};
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'iso_8601';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';
set local row_security = on
"""

# Row level security hides rows without a word, so an export says by itself what its login cannot see.
MAY = """
select
  has_table_privilege('comply.audit_trail', 'select') as may_read,
  comply.current_tenant() as tenant,
  not row_security_active('comply.audit_trail')
  or (pg_has_role('comply_auditor', 'usage') or pg_has_role('comply_admin', 'usage'))
     and not pg_has_role('comply_app', 'usage')
     and not pg_has_role('comply_reader', 'usage') as sees_all
"""

SNAPSHOT = """
select
  current_database() as database,
  current_setting('server_version') as server_version,
  comply.schema_version() as schema_version,
  session_user as exported_by,
  now() as exported_at,
  pg_current_snapshot()::text as snapshot,
  to_regclass('comply.ledger_checkpoints') is not null
  and has_table_privilege(to_regclass('comply.ledger_checkpoints'), 'select') as has_ledger
"""

CHECKPOINT = """
select c.seq, encode(c.digest, 'hex') as digest, c.made_at
from comply.ledger_checkpoints as c
order by c.seq desc
limit 1
"""

COLUMNS = """
select a.attname as name, a.atttypid = 'timestamptz'::regtype as is_time
from pg_catalog.pg_attribute as a
where a.attrelid = 'comply.audit_trail'::regclass
  and a.attnum > 0
  and not a.attisdropped
order by a.attnum
"""

# Asked before anything is written: does a read have to leave a row, which a read-only transaction cannot?
PROBE = "select from comply.audit_trail limit 1"

# The line survives in the server's log whatever becomes of the export.
TRACE = """
do $$ begin raise log 'comply-db audit export: %', current_setting('comply.export'); end $$
"""

ROWS = """
select {columns}
from comply.audit_trail as a
where a."timestamp" >= {period_from}
  and a."timestamp" < {period_to}
  and ({tenant} is null or a.tenant_id = {tenant})
order by a."timestamp", a.tenant_id, a.transaction_id, a.id
"""

# In CSV with marks that JSON never has, a line of JSON comes out as it is.
COPY = {
    "csv": "copy ({rows}) to stdout (format csv, header)",
    "jsonl": "copy (select row_to_json(r) from ({rows}) as r) to stdout "
    "(format csv, quote e'\\x01', delimiter e'\\x02')",
}
TIME = """to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as {name}"""


@dataclass(frozen=True)
class ExportOptions:
    """What an export is told: from and to as times with their zone, to excluded."""

    to_dir: Path
    since: datetime
    before: datetime
    format: str
    tenant: str | None


def export(session: Session, options: ExportOptions) -> Exit:
    """Write the rows of a time into a new folder. Raises RunnerError where the login may not see them all."""
    if options.since >= options.before:
        raise RunnerError(Exit.USAGE, "--from is not before --to", "Rows at --to are left out.")
    session.open()
    with Folder(options.to_dir) as folder:
        try:
            manifest = _export(session, options, folder)
        finally:
            session.close()
        digest = folder.write_manifest(manifest)
    report = session.report
    report.document |= {"manifest": manifest, "manifest_sha256": digest}
    report.say(
        f"{manifest['rows']} rows, {len(manifest['files'])} file(s) in {options.to_dir}; "
        f"SHA-256 of {MANIFEST}: {digest}"
    )
    return Exit.OK


def _export(session: Session, options: ExportOptions, folder: "Folder") -> dict[str, Any]:
    try:
        _begin(session, options)
    except psycopg.Error as error:
        raise refusal(error) from error
    head = session.row(SNAPSHOT)
    checkpoint = session.row(CHECKPOINT) if head.pop("has_ledger") else None
    columns = session.rows(COLUMNS)
    manifest = {
        "form": FORM,
        "format": options.format,
        "table": "comply.audit_trail",
        "columns": [column["name"] for column in columns],
        "from": iso(options.since),
        "to": iso(options.before),
        "tenant": options.tenant,
        **head,
        "exported_at": iso(head["exported_at"]),
        "runner_version": __version__,
        "checkpoint": checkpoint and checkpoint | {"made_at": iso(checkpoint["made_at"])},
    }
    told = json.dumps({key: manifest[key] for key in ("from", "to", "tenant", "format", "snapshot")})
    session.rows("select set_config('comply.export', %(told)s, true)", {"told": told})
    session.run(TRACE)

    selected = sql.SQL(", ").join(
        sql.SQL(TIME if column["is_time"] else "{column}").format(
            column=sql.Identifier("a", column["name"]), name=sql.Identifier(column["name"])
        )
        for column in columns
    )
    files = []
    periods = "select * from comply.audit_periods(%(since)s, %(before)s) order by period_from"
    for period in session.rows(periods, {"since": options.since, "before": options.before}):
        rows = sql.SQL(ROWS).format(
            columns=selected,
            tenant=sql.Literal(options.tenant),
            period_from=sql.Literal(max(period["period_from"], options.since)),
            period_to=sql.Literal(min(period["period_to"], options.before)),
        )
        name = f"audit_trail_{period['period_from'].astimezone(UTC):%Y_%m}.{options.format}"
        query = sql.SQL(COPY[options.format]).format(rows=rows)
        files.append(_write(session, folder, name, query))
    session.run("commit")
    return manifest | {"rows": sum(file["rows"] for file in files), "files": files}


def _begin(session: Session, options: ExportOptions, mode: str = " read only") -> None:
    # Read only, where that is enough: whoever writes holds up the sealing of the ledger until he is done.
    session.run(BEGIN.format(mode=mode))
    token = os.environ.get(CONTEXT_VARIABLE)
    if token is not None:
        session.rows("select comply.enter_signed(%(token)s)", {"token": token})
    elif options.tenant is not None and not session.row(MAY)["sees_all"]:
        session.rows("select comply.enter(%(tenant)s)", {"tenant": options.tenant})
    login = session.row(MAY)
    if not login["may_read"]:
        raise RunnerError(
            Exit.FAILED,
            f"login {session.conn.info.user} may not read comply.audit_trail",
            "Grant it comply_auditor; for one tenant comply_reader does.",
        )
    if not login["sees_all"] and (options.tenant is None or login["tenant"] != options.tenant):
        raise RunnerError(
            Exit.FAILED,
            f"login {session.conn.info.user} sees one tenant only, and would export less than asked for",
            f"Pass --tenant, with a token in {CONTEXT_VARIABLE} where the profile is strict; "
            "all tenants are for comply_auditor, without comply_app and comply_reader.",
        )
    try:
        session.rows(PROBE)
    except psycopg.Error as error:
        if error.sqlstate != "PC210" or not mode:
            raise
        session.rollback()
        _begin(session, options, mode="")


def _write(session: Session, folder: "Folder", name: str, query: sql.Composable) -> dict[str, Any]:
    with folder.create(name) as file, guarded(session.conn):
        cursor = session.conn.cursor()
        with cursor.copy(query) as copy:
            for data in copy:
                file.write(data)
    rows = cursor.rowcount
    session.report.say(f"{name}: {rows} rows, {file.size} bytes")
    return {"name": name, "rows": rows, "bytes": file.size, "sha256": file.hash.hexdigest()}


@dataclass
class HashedFile:
    """A file that is being written, with the SHA-256 and the size of what went into it."""

    file: IO[bytes]
    hash: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        self.file.write(data)
        self.hash.update(data)
        self.size += len(memoryview(data))


class Folder:
    """A new or empty folder that an export fills; where it fails, it takes back what it put there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = False
        self.names: list[str] = []

    def __enter__(self) -> Self:
        """Make the folder, or take an empty one. The manifest's draft keeps a second export out."""
        try:
            self.made = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            if any(self.path.iterdir()):
                raise RunnerError(
                    Exit.USAGE,
                    f"folder {self.path} is not empty",
                    "Pass a new one: an export adds to nothing.",
                )
            self._open(MANIFEST).close()
        except OSError as error:
            raise RunnerError(Exit.USAGE, f"cannot write to folder {self.path}: {error.strerror}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Remove what was written where the export did not come to its end."""
        if kind is None:
            return
        for name in self.names:
            (self.path / name).unlink(missing_ok=True)
            (self.path / draft(name)).unlink(missing_ok=True)
        if self.made:
            with suppress(OSError):
                self.path.rmdir()

    @contextmanager
    def create(self, name: str) -> Iterator[HashedFile]:
        """Yield a file to write; it gets its name when it is whole, and on the disk."""
        with self._open(name) as file:
            yield HashedFile(file)
            file.flush()
            os.fsync(file.fileno())
        self._publish(name)

    def write_manifest(self, manifest: dict[str, Any]) -> str:
        """Write the manifest, last of all, and return its SHA-256."""
        data = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
        with (self.path / draft(MANIFEST)).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._publish(MANIFEST)
        return hashlib.sha256(data).hexdigest()

    def _open(self, name: str) -> IO[bytes]:
        file = (self.path / draft(name)).open("xb")
        self.names.append(name)
        return file

    def _publish(self, name: str) -> None:
        # A link and not a rename, which would replace what somebody else put there.
        (self.path / name).hardlink_to(self.path / draft(name))
        (self.path / draft(name)).unlink()
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def draft(name: str) -> str:
    """Return the name that a file has while it is being written."""
    return f".{name}.part"


def iso(time: datetime) -> str:
    """Return a time as the exported rows have it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def verify_export(report: Report, folder: Path) -> Exit:
    """Compare a folder with its manifest, without a database; end with INVALID where they differ."""
    problems: list[dict[str, str]] = []
    manifest, digest = _read_manifest(folder)
    for entry in manifest["files"]:
        problems += [
            {"file": entry["name"], "problem": text} for text in _problems(folder, entry, manifest["format"])
        ]
    known = {MANIFEST, *(entry["name"] for entry in manifest["files"])}
    problems += [
        {"file": path.name, "problem": "is not in the manifest"}
        for path in sorted(folder.iterdir())
        if path.name not in known
    ]
    if manifest["rows"] != sum(entry["rows"] for entry in manifest["files"]):
        problems.append({"file": MANIFEST, "problem": "its rows are not the sum of its files' rows"})
    report.document |= {"manifest_sha256": digest, "problems": problems}
    for problem in problems:
        report.say(f"{problem['file']}: {problem['problem']}")
    if problems:
        raise RunnerError(
            Exit.INVALID, f"{len(problems)} problem(s) in {folder}", "Ask for the export again."
        )
    report.say(f"{manifest['rows']} rows as exported; SHA-256 of {MANIFEST}: {digest}")
    return Exit.OK


def _read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    try:
        data = (folder / MANIFEST).read_bytes()
        manifest = json.loads(data)
        if manifest["form"] != FORM:
            raise ValueError(f"form {manifest['form']!r} is unknown")
        if manifest["format"] not in COPY or not isinstance(manifest["rows"], int):
            raise ValueError("format or rows is wrong")
        for entry in manifest["files"]:
            entry["name"], entry["rows"], entry["bytes"], entry["sha256"]
    except FileNotFoundError as error:
        raise RunnerError(
            Exit.INVALID, f"{folder} has no {MANIFEST}", "The export did not come to its end: run it again."
        ) from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise RunnerError(Exit.INVALID, f"{folder / MANIFEST} is no manifest: {error}") from error
    return manifest, hashlib.sha256(data).hexdigest()


def _problems(folder: Path, entry: dict[str, Any], form: str) -> Iterator[str]:
    path = folder / entry["name"]
    # A manifest is what somebody handed over: it sends nobody to other folders, nor through a link.
    if Path(entry["name"]).name != entry["name"] or path.is_symlink() or not path.is_file():
        yield "is missing"
        return
    digest, size, rows = _measure(path, form)
    if size != entry["bytes"]:
        yield f"has {size} bytes, not {entry['bytes']}"
    if rows != entry["rows"]:
        yield f"has {rows} rows, not {entry['rows']}"
    if digest != entry["sha256"]:
        yield "has another SHA-256"


def _measure(path: Path, form: str) -> tuple[str, int, int]:
    digest, size, counter = hashlib.sha256(), 0, RowCounter(form)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            counter.add(chunk)
    return digest.hexdigest(), size, counter.rows


class RowCounter:
    """Counts the rows of a file that comes in chunks."""

    def __init__(self, form: str) -> None:
        self.is_csv = form == "csv"
        # The header is no row.
        self.rows = -1 if self.is_csv else 0
        self.is_quoted = False

    def add(self, chunk: bytes) -> None:
        """Count the lines that end in a chunk: in CSV those outside of quotes.

        A doubled quote closes and opens again, which changes nothing.
        """
        if not self.is_csv:
            self.rows += chunk.count(b"\n")
            return
        for number, part in enumerate(chunk.split(b'"')):
            self.is_quoted ^= number > 0
            if not self.is_quoted:
                self.rows += part.count(b"\n")
