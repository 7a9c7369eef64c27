"""Loading JSON lines: carry them to the server by COPY, and bring back what comply.load_lines() said of them.

Nothing here looks into a line. A chunk of lines is a transaction, or all of them are one with --strict; a run
that was cut off is simply run again, since a text is recorded once for each detector and model.
"""

import json
import os
import shutil
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.report import Report
from comply_db.session import Session, guarded

CHUNK_LINES = 20_000
CHUNK_BYTES = 8 << 20
LONGEST_LINE = 1 << 20
PREVIEW_BYTES = 8192
SHOWN_REJECTS = 100
CONTEXT_VARIABLE = "COMPLY_CONTEXT_TOKEN"

COPY = "copy pg_temp.staged_lines (line_no, line, problem) from stdin (format binary)"
COPY_BEGIN = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
COPY_END = struct.pack("!h", -1)
# A row: three fields, of which the first has 8 bytes; then the length of the second.
ROW = struct.Struct("!hiqi")
NULL = struct.pack("!i", -1)
TOO_LONG = struct.pack("!i", 8) + b"too_long"

REJECTS = """
select r.line_no, r.reason, r.detail
from comply.load_rejects as r
where r.tenant_id = %(tenant)s
  and r.load_id = %(load_id)s
  and r.line_no >= %(first)s
order by r.line_no
"""

# Of the same activity as what comply.load_lines() records of the load.
SOURCE = """
select comply.record_lineage('load', array[%(file)s], activity_id => %(load_id)s)
"""


@dataclass(frozen=True)
class LoadOptions:
    """What a load is told; `at` is the time of lines that name none, `rejects` a file to be written anew."""

    path: Path
    tenant: str
    detector: str
    model: str
    at: datetime | None = None
    strict: bool = False
    rejects: Path | None = None
    actor: str | None = None


@dataclass
class Chunk:
    """Lines as they were read, line ends included; of one longer than LONGEST_LINE the beginning.

    `first` is the number of the first line, from 1; `rest` has what follows such a beginning, by line number.
    """

    first: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    rest: dict[int, IO[bytes] | None] = field(default_factory=dict)

    def copy_data(self) -> bytes:
        """Return the chunk as COPY's binary format has it."""
        rows = [COPY_BEGIN]
        for number, line in enumerate(self.lines, self.first):
            if number in self.rest:
                content, problem = line[:PREVIEW_BYTES], TOO_LONG
            else:
                content, problem = line.removesuffix(b"\n"), NULL
            rows += (ROW.pack(3, 8, number, len(content)), content, problem)
        rows.append(COPY_END)
        return b"".join(rows)


class Rejects:
    """The rejected lines byte for byte in one file; why, line by line, in FILE.reasons.jsonl beside it."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.lines = stack.enter_context(path.open("wb"))
        self.reasons = stack.enter_context(reasons_path(path).open("wb"))

    def write(self, chunk: Chunk, rejected: list[dict[str, Any]]) -> None:
        """Append what of a chunk was rejected."""
        for reject in rejected:
            number = reject["line"]
            self.lines.write(chunk.lines[number - chunk.first])
            if rest := chunk.rest.get(number):
                rest.seek(0)
                shutil.copyfileobj(rest, self.lines)
            self.reasons.write(json.dumps(reject, ensure_ascii=False).encode() + b"\n")
        self.lines.flush()
        self.reasons.flush()


def load(session: Session, options: LoadOptions) -> Exit:
    """Load a file, or standard input where the path is '-'. Raises RunnerError where all of it is refused.

    Ends with OK when every line is in, INVALID when some were rejected and the others are in, FAILED when
    --strict let none in.
    """
    report = session.report
    refuse_overwriting(options)
    session.open()
    with ExitStack() as stack:
        stack.callback(session.close)
        loading = Loading(session, options)
        loading.check()
        source = stack.enter_context(options.path.open("rb") if options.path != Path("-") else open_stdin())
        rejects = Rejects(options.rejects, stack) if options.rejects else None
        total = os.fstat(source.fileno()).st_size

        if options.strict:
            loading.begin()
        for chunk in chunks(source, keep_rest=rejects is not None):
            loading.take(chunk, rejects)
            loading.tell_progress(total)
        if options.strict:
            session.run("rollback" if loading.count["rejected"] else "commit")
            if loading.count["rejected"]:
                loading.count["inserted"] = 0
        return loading.end(report)


@dataclass
class Loading:
    """One load under way: what it did so far, in numbers."""

    session: Session
    options: LoadOptions
    count: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    began: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Ask whether the server takes such a load at all. Raises RunnerError where it does not."""
        try:
            self.begin()
            self.session.rows("select comply.check_load(%(detector)s, %(model)s, %(at)s)", self.parameters)
            self.session.run("select comply.open_load(); commit")
        except psycopg.Error as error:
            raise refusal(error) from error

    def begin(self) -> None:
        """Begin a transaction that works for the tenant."""
        self.session.run("begin isolation level read committed")
        token = os.environ.get(CONTEXT_VARIABLE)
        if token is None:
            self.session.rows("select comply.enter(%(tenant)s, %(actor)s, %(load_id)s)", self.parameters)
            return
        parameters = self.parameters | {"token": token}
        self.session.rows("select comply.enter_signed(%(token)s, %(load_id)s)", parameters)
        proven = self.session.value("select comply.current_tenant()")
        if proven != self.options.tenant:
            raise RunnerError(
                Exit.USAGE,
                f"the token of {CONTEXT_VARIABLE} is for tenant {proven!r}",
                f"Load for that tenant, or get a token for {self.options.tenant!r}.",
            )

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements are told."""
        return {
            "tenant": self.options.tenant,
            "actor": self.options.actor,
            "load_id": self.session.report.run_id,
            "detector": self.options.detector,
            "model": self.options.model,
            "at": self.options.at,
        }

    def take(self, chunk: Chunk, rejects: Rejects | None) -> None:
        """Bring a chunk to the server, and its rejected lines back."""
        if not self.options.strict:
            self.begin()
        with guarded(self.session.conn), self.session.conn.cursor().copy(COPY) as copy:
            copy.write(chunk.copy_data())
        counts = self.session.row(
            "select * from comply.load_lines(%(detector)s, %(model)s, %(load_id)s, %(at)s)", self.parameters
        )
        if counts["rejected"]:
            rows = self.session.rows(REJECTS, self.parameters | {"first": chunk.first})
            rejected = [{"line": r["line_no"], "reason": r["reason"], "detail": r["detail"]} for r in rows]
            self.reasons.update(r["reason"] for r in rejected)
            self.shown += rejected[: SHOWN_REJECTS - len(self.shown)]
            if rejects:
                rejects.write(chunk, rejected)
        if counts["inserted"] and not self.count["inserted"]:
            self.session.rows(
                SOURCE, self.parameters | {"file": "file:" + quote(self.options.path.name)[:390]}
            )
        if not self.options.strict:
            self.session.run("commit")
        self.count.update(counts)
        self.size += chunk.size

    def tell_progress(self, total: int) -> None:
        """Say how far it is; total is the size of the input in bytes, 0 where that is not known."""
        share = f", {self.size / total:.0%}" if total else ""
        lines = self.count["lines"]
        rate = lines / max(time.monotonic() - self.began, 1e-3)
        self.session.report.progress(f"{lines:,} lines{share}, {rate:,.0f} lines/s")

    def end(self, report: Report) -> Exit:
        """Sum up, for people and as a document; return how it ended."""
        count, options = self.count, self.options
        seconds = time.monotonic() - self.began
        report.document |= {
            "load_id": str(report.run_id),
            "file": str(options.path),
            "tenant": options.tenant,
            "detector": options.detector,
            "model": options.model,
            **{name: count[name] for name in ("lines", "inserted", "repeated", "rejected", "blank")},
            "reasons": dict(self.reasons.most_common()),
            "rejects": self.shown,
            "lines_per_second": round(count["lines"] / max(seconds, 1e-3)),
        }
        for reject in self.shown[:10]:
            detail = f": {reject['detail']}" if reject["detail"] else ""
            report.say(f"line {reject['line']}: {reject['reason']}{detail}")
        if len(self.reasons) > 1 or count["rejected"] > 10:
            told = ", ".join(f"{n:,} {reason}" for reason, n in self.reasons.most_common())
            report.say(f"rejected: {told}")
        report.say(
            f"{count['lines']:,} lines: {count['inserted']:,} recorded, {count['repeated']:,} repeated, "
            f"{count['rejected']:,} rejected, {count['blank']:,} blank "
            f"({seconds:.1f} s, {report.document['lines_per_second']:,} lines/s)"
        )
        if not count["rejected"]:
            return Exit.OK
        if options.strict:
            report.say("nothing is in: --strict takes all lines or none")
            return Exit.FAILED
        if options.rejects:
            report.say(f"the rejected lines are in {options.rejects}, why in {reasons_path(options.rejects)}")
        report.say(f"the database keeps them: comply.load_rejects, load_id {report.run_id}")
        return Exit.INVALID


def chunks(source: IO[bytes], *, keep_rest: bool) -> Iterator[Chunk]:
    """Read lines in chunks of bounded size; what is overlong goes to a temporary file, or nowhere."""
    number, chunk = 0, Chunk(1)
    while line := source.readline(LONGEST_LINE + 1):
        number += 1
        chunk.lines.append(line)
        chunk.size += len(line)
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            chunk.rest[number] = rest = tempfile.TemporaryFile() if keep_rest else None  # noqa: SIM115
            while part := source.readline(LONGEST_LINE):
                chunk.size += len(part)
                if rest:
                    rest.write(part)
                if part.endswith(b"\n"):
                    break
        if len(chunk.lines) == CHUNK_LINES or chunk.size >= CHUNK_BYTES:
            yield chunk
            chunk = Chunk(number + 1)
    if chunk.lines:
        yield chunk


def open_stdin() -> IO[bytes]:
    """Return standard input, unbuffered by anything that would look at it."""
    return os.fdopen(os.dup(0), "rb")


def reasons_path(path: Path) -> Path:
    """Return where the reasons stand for the rejected lines in a file."""
    return path.with_name(f"{path.name}.reasons.jsonl")


def refuse_overwriting(options: LoadOptions) -> None:
    """Raise RunnerError where --rejects would empty the very file that is to be loaded."""
    if options.rejects is None or options.path == Path("-"):
        return
    for path in (options.rejects, reasons_path(options.rejects)):
        if path.exists() and path.samefile(options.path):
            raise RunnerError(
                Exit.USAGE, f"{path} is the file to be loaded", "Name another file by --rejects."
            )


def refusal(error: psycopg.Error) -> Exception:
    """Return what the server's own refusal of a load is to the user; any other error is handed back."""
    if not (error.sqlstate or "").startswith("PC"):
        return error
    return RunnerError(Exit.USAGE, f"{error.sqlstate}: {error.diag.message_primary}", error.diag.message_hint)
