"""Archives: rows that leave the database as files, are read back, and may come back.

SQL decides: it says what is to be archived and what of it has to be there, and what was read back it judges
itself. What is here carries bytes. An object is named by its own hash, so what a run that was killed left is
either what the next one would write, or has another name; the row that tells of it is written last.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedWriter, BytesIO
from typing import IO, Any

import psycopg
from psycopg import sql

from comply_db import __version__
from comply_db.errors import Exit, RunnerError
from comply_db.session import Session, guarded
from comply_db.store import CHUNK_BYTES, Container, Store, location, open_store

FORM = "comply-db archive 1"
CSV, PARQUET = "csv.gz", "parquet"
STORED = ("directory", "azure_blob")
# What most of the size is saved by; higher levels take several times as long for a few percent.
COMPRESSION = 3

# One snapshot for the hash and for the rows, and the settings that decide how values are written.
BEGIN = """
begin isolation level repeatable read;
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'iso_8601';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';
set local row_security = on
"""

# Objects that killed runs have left are taken; not one that is recorded, as it goes with that record.
RECORDED = """
select exists (
  select
  from comply.archives as a
  where a.tenant_id = %(tenant)s
    and a.location = %(location)s
    and a.object_name = %(object_name)s
) as is_recorded
"""
DUE = "select * from comply.archives_due()"
SLICES = """
select %(table)s as table_name, s.*
from comply.archive_slices(%(table)s, %(month)s, %(tenant)s) as s
"""
OPEN = "select * from comply.open_archive(%(table_name)s, %(tenant)s, %(covers_from)s, %(covers_until)s)"
RECORD = """
select comply.record_archive(%(manifest)s, %(sink)s, %(location)s, %(object_name)s, %(keep)s::interval) as id
"""
ARCHIVE = """
select a.*
from comply.archives as a
where a.tenant_id = %(tenant)s
  and a.id = %(id)s
"""
# Of each slice the newest one that is whole.
CHOSEN = """
select distinct on (a.tenant_id, a.table_name, a.covers_from, a.covers_until) a.*
from comply.archives as a
where a.purged_at is null
  and a.verified_at is not null
  and (%(tenant)s::text is null or a.tenant_id = %(tenant)s)
  and (%(table)s::text is null or a.table_name = %(table)s)
  and (%(month)s::timestamptz is null
       or date_trunc('month', a.covers_from, 'UTC') = date_trunc('month', %(month)s::timestamptz, 'UTC'))
  and (%(id)s::uuid is null or a.id = %(id)s)
order by a.tenant_id, a.table_name, a.covers_from, a.covers_until, a.archived_at desc
"""
STAGE = "select comply.stage_archive(%(tenant)s, %(id)s) as copy"
# What SQL wants to know of an object that was read back.
READ = "%(tenant)s, %(id)s, %(manifest)s, %(object_hash)s, %(object_bytes)s::bigint"
VERIFY = f"select comply.verify_archive({READ})"
RESTORE = f"select * from comply.restore_archive({READ}, %(is_drill)s)"
FAIL = "select comply.fail_restore(%(tenant)s, %(id)s, %(is_drill)s, %(problem)s)"
ATTACH = "select comply.attach_restored(%(tenant)s, %(restore_id)s)"
PURGE = "select comply.purge_archive(%(tenant)s, %(id)s)"


@dataclass(frozen=True)
class ArchiveOptions:
    """What an archive is told; table and month, or due."""

    to: str
    table: str | None
    tenant: str | None
    month: datetime | None
    due: bool
    format: str
    keep: str


@dataclass(frozen=True)
class RestoreOptions:
    """What a restore is told: which archives, where they are if they were moved, what becomes of the rows."""

    archive: uuid.UUID | None
    tenant: str | None
    table: str | None
    month: datetime | None
    source: str | None
    drill: bool
    attach: bool


def archive(session: Session, options: ArchiveOptions) -> Exit:
    """Archive what is asked for, or what retention waits for, and read each object back."""
    if options.due != (options.table is None) or options.due != (options.month is None):
        raise RunnerError(Exit.USAGE, "say either --due, or --table and --month")
    if options.format == PARQUET:
        _pyarrow()
    store = open_store(options.to, session.options.auth)
    session.open()
    with told():
        slices = session.rows(
            DUE if options.due else SLICES,
            None
            if options.due
            else {"table": options.table, "month": options.month, "tenant": options.tenant},
        )
    slices = [each for each in slices if options.tenant in (None, each["tenant"])]
    session.report.document["archives"] = done = []
    for each in slices:
        with told():
            done.append(_archive_slice(session, store, each, options))
    session.report.say(f"{len(done)} archive(s), {sum(each['row_count'] for each in done)} rows")
    return Exit.OK


def _archive_slice(
    session: Session, store: Store, each: dict[str, Any], options: ArchiveOptions, again: bool = False
) -> dict[str, Any]:
    """Archive a slice, or go on with the archive that it has; with one that is not whole, only once more."""
    title = f"{each['table_name']} of {each['tenant']}, {each['covers_from'].astimezone(UTC):%Y-%m-%d}"
    with tempfile.TemporaryFile() as file:
        session.run(BEGIN)
        try:
            opened = session.row(OPEN, each)
            id_ = None if again else opened["archive_id"]
            if id_ is None:
                _write(session, opened, options.format, file)
            session.run("commit")
        except BaseException:
            session.rollback()
            raise
        is_made = id_ is None
        if is_made:
            id_ = _keep(session, store, each, opened, options, file)
    found = session.row(ARCHIVE, {"tenant": each["tenant"], "id": id_})
    if found["verified_at"] is None:
        try:
            with told():
                _read_back(session, found, None, VERIFY, {})
        except RunnerError as error:
            if is_made:
                raise
            session.report.say(f"warning: {title}: {error}; it is archived again")
            return _archive_slice(session, store, each, options, again=True)
    session.report.say(
        f"{title}: {found['row_count']} rows, {found['location']}/{found['object_name']}"
        + (", as before" if found["verified_at"] else "")
    )
    return {
        "tenant": each["tenant"],
        "id": str(id_),
        "table_name": found["table_name"],
        "covers_from": found["covers_from"].isoformat(),
        "covers_until": found["covers_until"].isoformat(),
        "row_count": found["row_count"],
        "content_hash": found["content_hash"].hex(),
        "location": found["location"],
        "object_name": found["object_name"],
    }


def _write(session: Session, opened: dict[str, Any], form: str, file: IO[bytes]) -> None:
    rows = WRITERS[form](session, opened, file)
    if rows != opened["row_count"]:
        raise RunnerError(
            Exit.FAILED,
            f"login {session.conn.info.user} sees {rows} of {opened['row_count']} rows",
            "Archive as a member of comply_admin that is in neither comply_app nor comply_reader.",
        )


def _keep(
    session: Session,
    store: Store,
    each: dict[str, Any],
    opened: dict[str, Any],
    options: ArchiveOptions,
    file: IO[bytes],
) -> uuid.UUID:
    """Put an object and its manifest where they are to be, and record them; return the id of the archive."""
    object_hash, object_bytes = _measure(file)
    since, until = (each[key].astimezone(UTC) for key in ("covers_from", "covers_until"))
    stem = f"{each['tenant']}/{each['table_name']}/{since:%Y-%m-%d}_{until:%Y-%m-%d}_{object_hash[:16]}"
    name = _put(session, store, each["tenant"], (stem, f".{options.format}"), file, object_hash)
    manifest = json.dumps(
        {
            "manifest": FORM,
            "table_name": each["table_name"],
            "tenant_id": each["tenant"],
            "covers_from": since.isoformat(),
            "covers_until": until.isoformat(),
            "row_count": opened["row_count"],
            "content_hash": opened["content_hash"].hex(),
            "first_key": opened["first_key"],
            "last_key": opened["last_key"],
            "columns": opened["columns"],
            "column_types": opened["column_types"],
            "schema_fingerprint": opened["schema_fingerprint"].hex(),
            "key_ids": [str(key) for key in opened["key_ids"]],
            "format": options.format,
            "object_name": name,
            "object_hash": object_hash,
            "object_bytes": object_bytes,
            "archived_at": datetime.now(UTC).isoformat(),
            "runner_version": __version__,
        },
        indent=1,
        ensure_ascii=False,
    )
    digest = hashlib.sha256(manifest.encode()).digest()
    store.upload(manifest_name(name, digest), BytesIO(manifest.encode()))
    return session.value(
        RECORD,
        {
            "manifest": manifest,
            "sink": "azure_blob" if isinstance(store, Container) else "directory",
            "location": location(store),
            "object_name": name,
            "keep": options.keep,
        },
    )


def _put(
    session: Session, store: Store, tenant: str, names: tuple[str, str], file: IO[bytes], object_hash: str
) -> str:
    """Upload an object and return its name; one that a killed run left is taken for it, if it is the same."""
    for number in range(100):
        name = f"{f'-{number}' if number else ''}".join(names)
        file.seek(0)
        if store.upload(name, file):
            return name
        place = {"tenant": tenant, "location": location(store), "object_name": name}
        if session.value(RECORDED, place):
            continue
        with tempfile.TemporaryFile() as there:
            store.download(name, there)
            if _measure(there)[0] == object_hash:
                return name
    raise RunnerError(Exit.FAILED, f"{store.where}/{''.join(names)} is there 100 times already")


def manifest_name(object_name: str, digest: bytes) -> str:
    """Return the name of the manifest of an object: by its hash, as another run may have written one."""
    return f"{object_name}.{digest.hex()[:16]}.json"


def _read_back(
    session: Session, found: dict[str, Any], source: str | None, query: str, parameters: dict[str, Any]
) -> dict[str, Any] | None:
    """Fetch an object, give its rows to SQL with what else was read, and return what that says."""
    given = {"tenant": found["tenant_id"], "id": found["id"], **parameters}
    if found["sink"] not in STORED:
        return session.row(query, given | {"manifest": None, "object_hash": None, "object_bytes": None})
    store = open_store(source or found["location"], session.options.auth)
    manifest = store.read(manifest_name(found["object_name"], found["manifest_hash"]))
    with tempfile.TemporaryFile() as file:
        store.download(found["object_name"], file)
        object_hash, object_bytes = _measure(file)
        with guarded(session.conn), session.conn.transaction():
            copy = session.value(STAGE, given)
            # Only bytes that are known are taken apart; of others SQL says what they are not.
            if object_hash == found["object_hash"].hex():
                READERS[found["format"]](session, copy, file)
            return session.row(
                query,
                given
                | {
                    "manifest": manifest.decode(errors="replace").replace("\0", "\ufffd"),
                    "object_hash": bytes.fromhex(object_hash),
                    "object_bytes": object_bytes,
                },
            )


def _measure(file: IO[bytes]) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file, and go back to its beginning."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.tell()
    file.seek(0)
    return digest, size


def _write_csv(session: Session, opened: dict[str, Any], file: IO[bytes]) -> int:
    copy = sql.SQL("copy ({}) to stdout (format csv, header)").format(sql.SQL(opened["selection"]))
    with guarded(session.conn), session.conn.cursor() as cursor:
        # No name and no time in it: the same rows are the same bytes.
        with (
            gzip.GzipFile(filename="", mode="wb", compresslevel=COMPRESSION, fileobj=file, mtime=0) as zipped,
            BufferedWriter(zipped, CHUNK_BYTES) as buffered,
            cursor.copy(copy) as rows,
        ):
            for data in rows:
                buffered.write(data)
        return cursor.rowcount


def _read_csv(session: Session, copy: str, file: IO[bytes]) -> None:
    with gzip.GzipFile(fileobj=file, mode="rb") as unzipped, _copy(session, copy, "header match") as write:
        while data := unzipped.read(CHUNK_BYTES):
            write(data)


def _write_parquet(session: Session, opened: dict[str, Any], file: IO[bytes]) -> int:
    from comply_db import parquet

    copy = sql.SQL("copy ({}) to stdout").format(sql.SQL(opened["selection"]))
    with guarded(session.conn), session.conn.cursor() as cursor:
        with cursor.copy(copy) as rows:
            parquet.write(rows.rows(), opened["columns"], opened["column_types"], file)
        return cursor.rowcount


def _read_parquet(session: Session, copy: str, file: IO[bytes]) -> None:
    from comply_db import parquet

    with _copy(session, copy) as write:
        for data in parquet.read(file):
            write(data)


WRITERS: dict[str, Callable[[Session, dict[str, Any], IO[bytes]], int]] = {
    CSV: _write_csv,
    PARQUET: _write_parquet,
}
READERS: dict[str, Callable[[Session, str, IO[bytes]], None]] = {CSV: _read_csv, PARQUET: _read_parquet}


@contextmanager
def _copy(session: Session, copy: str, *options: str) -> Iterator[Callable[[bytes], None]]:
    statement = f"{copy} ({', '.join(('format csv', *options))})"
    with guarded(session.conn), session.conn.cursor() as cursor, cursor.copy(statement) as rows:
        yield rows.write


def _pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise RunnerError(
            Exit.USAGE, "pyarrow is not installed", "Run pip install 'comply-db[parquet]', or take csv.gz."
        ) from None


def restore(session: Session, options: RestoreOptions) -> Exit:
    """Bring archives back, beside their table or into it, or only try whether they would come."""
    if options.archive is None and options.table is None:
        raise RunnerError(Exit.USAGE, "say which archives: ARCHIVE, or --table with --month or --tenant")
    if options.drill and options.attach:
        raise RunnerError(Exit.USAGE, "a drill attaches nothing", "Choose one of --drill and --attach.")
    session.open()
    chosen = {
        "id": options.archive,
        "tenant": options.tenant,
        "table": options.table,
        "month": options.month,
    }
    found = session.rows(CHOSEN, chosen)
    if not found:
        raise RunnerError(
            Exit.FAILED,
            "no verified archive is like that",
            "comply.archives has all, for members of comply_admin and comply_auditor.",
        )
    session.report.document["restores"] = done = []
    for each in found:
        done.append(_restore(session, each, options))
    session.report.say(f"{len(done)} archive(s), {sum(each['row_count'] for each in done)} rows")
    return Exit.OK


def _restore(session: Session, found: dict[str, Any], options: RestoreOptions) -> dict[str, Any]:
    title = f"{found['table_name']} of {found['tenant_id']}, {found['covers_from'].astimezone(UTC):%Y-%m-%d}"
    try:
        with told():
            made = _read_back(session, found, options.source, RESTORE, {"is_drill": options.drill})
    except RunnerError as error:
        # The transaction is gone, and with it what it would have left; that it failed is kept.
        problem = {"tenant": found["tenant_id"], "id": found["id"], "is_drill": options.drill}
        session.value(FAIL, problem | {"problem": str(error)})
        raise
    if made["erased_count"]:
        session.report.say(f"{title}: {made['erased_count']} row(s) were erased since, and did not come back")
    if made["expired"]:
        session.report.say(f"warning: {title}: by the rules of retention these rows are no longer kept")
    attached = None
    if options.attach:
        with told():
            attached = session.value(ATTACH, {"tenant": found["tenant_id"], "restore_id": made["restore_id"]})
    place = "tried" if options.drill else f"restore {made['restore_id']}" if attached is None else "attached"
    session.report.say(f"{title}: {made['row_count']} rows, {place}")
    return {
        "tenant": found["tenant_id"],
        "archive_id": str(found["id"]),
        "restore_id": str(made["restore_id"]),
        "row_count": made["row_count"],
        "erased_count": made["erased_count"],
        "expired": made["expired"],
        "attached": attached,
    }


def purge(session: Session, archive_id: uuid.UUID, tenant: str) -> Exit:
    """Give up an archive whose time is over, and remove its object; a repeat, what a killed run left."""
    session.open()
    given = {"tenant": tenant, "id": archive_id}
    found = session.row(ARCHIVE, given)
    with told():
        is_alone = session.value(PURGE, given)
    if found and found["sink"] in STORED:
        store = open_store(found["location"], session.options.auth)
        store.remove(manifest_name(found["object_name"], found["manifest_hash"]))
        if is_alone:
            store.remove(found["object_name"])
            session.report.say(f"{found['location']}/{found['object_name']} is removed")
    session.report.say(f"archive {archive_id} is purged")
    return Exit.OK


@contextmanager
def told() -> Iterator[None]:
    """Turn a refusal of the database into a reason to stop: an archive that is not whole is exit 11."""
    try:
        yield
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith("PC"):
            raise
        raise RunnerError(
            Exit.TAMPERED if error.sqlstate == "PC315" else Exit.FAILED,
            f"{error.sqlstate}: {error.diag.message_primary}",
            error.diag.message_hint,
        ) from error
