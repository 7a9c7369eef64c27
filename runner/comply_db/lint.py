"""Checking the source tree without a database: manifest, names, headers, statements, PL/pgSQL, squawk."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comply_db.errors import Exit, RunnerError
from comply_db.manifest import FOLDERS, INSTALL, PRELUDE, Manifest, SqlFile, read_manifest
from comply_db.report import Report
from comply_db.statements import CAN_PARSE, node_of, plpgsql_error, session_settings, split

HEADERS = {
    "no-transaction": False,
    "irreversible": True,
    "rebuild": True,
    "lock-timeout": True,
    "statement-timeout": True,
    "row-security": True,
    "allow": True,
    "bootstrap": False,
}
FORMS = {
    "functions": re.compile(r"^create\s+(?!or\s+replace\s)(function|procedure|view)\s", re.I),
    "triggers": re.compile(r"^create\s+(?!or\s+replace\s)(?:constraint\s+)?trigger\s", re.I),
    "policies": re.compile(r"^create\s+policy\s+(\S+)\s+on\s+(\S+)", re.I),
}
CONCURRENTLY = re.compile(r"^create\s+(unique\s+)?index\s+concurrently\s", re.I)
NAMED_INDEX = re.compile(
    r"^create\s+(unique\s+)?index\s+concurrently\s+(if\s+not\s+exists\s+)?(?!on\s)\S", re.I
)
IF_EXISTS = re.compile(r"\bif\s+(not\s+)?exists\b", re.I)
LOCK_LOSS = re.compile(r"\bpg_advisory_unlock(_all)?\s*\(", re.I)

# What a tree without a .squawk.toml of its own gets: the prelude sets both timeouts for every file.
SQUAWK = (
    "--assume-in-transaction",
    "--pg-version=15.0",
    "--exclude=require-lock-timeout,require-statement-timeout,prefer-bigint-over-int",
)


def check(report: Report, source: Path | None) -> Exit:
    """Check a source tree; exit 4 with every finding if there is one."""
    manifest = read_manifest(source)
    found = [
        (path, rule, message)
        for path, rule, message in (*findings(manifest), *squawk(manifest))
        if rule not in allowed(manifest.files.get(path.split(":")[0]))
    ]
    report.document["findings"] = [{"path": p, "rule": r, "message": m} for p, r, m in found]
    for path, rule, message in found:
        report.say(f"{path}: {rule}: {message}")
    if not CAN_PARSE:
        report.say("statements were not looked at: install comply-db[check]")
    if found:
        raise RunnerError(
            Exit.INVALID, f"{len(found)} finding(s)", "Or silence one: -- comply: allow: RULE REASON"
        )
    report.say(f"{len(manifest.named)} files, no finding")
    return Exit.OK


def allowed(file: SqlFile | None) -> set[str]:
    """Return the rules that a file's headers silence; a reason is part of the header."""
    values = (value.split(None, 1) for name, value in (file.headers if file else []) if name == "allow")
    return {words[0] for words in values if len(words) == 2}


def findings(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield (path, rule, message) for everything but squawk."""
    yield from unnamed(manifest)
    for path, file in manifest.files.items():
        yield from bytes_of(manifest.root, file)
        if path == PRELUDE:
            for number, line in enumerate(file.text.split("\n"), 1):
                if line.strip() and not re.match(r"--|set ", line):
                    yield f"{path}:{number}", "prelude", "holds SET lines and comments, nothing else"
            continue
        yield from headers_of(manifest, file)
        if CAN_PARSE:
            for text, name in ((file.text, path), (file.revert, "revert"), (file.verify, "verify")):
                if text is not None:
                    named = path if name == path else path.replace(".sql", f".{name}.sql")
                    yield from statements_of(file, named, text)


def unnamed(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield the files of the four folders that the manifest forgot."""
    for folder in FOLDERS:
        for found in sorted((manifest.root / folder).glob("**/*.sql")):
            path = found.relative_to(manifest.root).as_posix()
            base = re.sub(r"\.(revert|verify)\.sql$", ".sql", path)
            if path == INSTALL or base in manifest.files:
                continue
            yield path, "manifest", f"is not in {INSTALL}"


def bytes_of(root: Path, file: SqlFile) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with the bytes of a file, which psql would send as they are."""
    for path in (
        file.path,
        file.path.replace(".sql", ".revert.sql"),
        file.path.replace(".sql", ".verify.sql"),
    ):
        if not (root / path).is_file():
            continue
        raw = (root / path).read_bytes()
        if raw.startswith(b"\xef\xbb\xbf"):
            yield path, "bytes", "begins with a byte order mark"
        if b"\r" in raw:
            yield path, "bytes", "has carriage returns, which psql would keep in function bodies"


def headers_of(manifest: Manifest, file: SqlFile) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with the headers of a file and the files that go with it."""
    for name, value in file.headers:
        if name not in HEADERS:
            yield file.path, "header", f"{name} is not one of {', '.join(HEADERS)}"
        elif HEADERS[name] != bool(value):
            yield file.path, "header", f"{name} {'needs a value' if HEADERS[name] else 'takes no value'}"
        elif name == "allow" and len(value.split(None, 1)) < 2:
            yield file.path, "header", f"allow: {value} gives no reason"
        elif name == "rebuild" and (value not in manifest.files or value.startswith("schema/")):
            yield file.path, "header", f"rebuild: {value} is no repeatable file of the manifest"
    try:
        session_settings(file)
    except RunnerError as error:
        yield file.path, "header", str(error)
    if file.version is not None and file.revert is None and not file.header("irreversible"):
        yield file.path, "revert", "has no revert file, and no header irreversible: reason"
    if file.version is None and not file.is_transactional:
        yield file.path, "header", "only a schema file may be no-transaction"


def statements_of(file: SqlFile, path: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with the statements of a file or of its revert or verify file."""
    try:
        statements = split(SqlFile(path, text))
    except RunnerError as error:
        yield path, "syntax", str(error)
        return
    dropped = {
        tuple(m.groups()) for s in statements if (m := re.match(r"drop policy if exists (\S+) on (\S+)$", s))
    }
    for statement in statements:
        node = node_of(statement)
        first = statement.split("\n", 1)[0]
        if node in ("transaction_stmt", "discard_stmt"):
            yield path, "transaction", f"{first}: the runner opens and ends the transaction"
        if node == "copy_stmt":
            yield path, "statement", f"{first}: the runner sends no data after a file"
        if LOCK_LOSS.search(statement):
            yield path, "transaction", f"{first}: gives up the lock of the deployment"
        is_concurrent = CONCURRENTLY.match(statement)
        if path == file.path and file.is_transactional and is_concurrent:
            yield path, "no-transaction", f"{first}: needs the header no-transaction"
        if path == file.path and not file.is_transactional and file.verify is None:
            if is_concurrent and not NAMED_INDEX.match(statement):
                yield path, "no-transaction", f"{first}: an index without a name cannot be found again"
            if not is_concurrent and not IF_EXISTS.search(statement):
                yield path, "no-transaction", f"{first}: only a verify file could tell whether it has run"
        form = FORMS.get(file.kind)
        matched = form.match(statement) if form else None
        if matched and file.kind == "policies" and matched.groups() not in dropped:
            yield path, "form", f"{first}: no drop policy if exists for it"
        elif matched and file.kind != "policies":
            yield path, "form", f"{first}: say create or replace"
        if node == "create_function_stmt" and (error := plpgsql_error(statement)):
            yield path, "plpgsql", f"{first}: {error}"


def squawk(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield squawk's findings on the schema files, if squawk is there; its own file configures it."""
    beside = Path(sys.executable).with_name("squawk")
    program = str(beside) if beside.exists() else shutil.which("squawk")
    paths = [f.path for f in manifest.named if f.version is not None]
    if program is None or not paths:
        return
    own = [] if (manifest.root / ".squawk.toml").exists() else SQUAWK
    done = subprocess.run(
        [program, "--reporter", "json", *own, *paths], cwd=manifest.root, capture_output=True, text=True
    )
    try:
        reported: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except json.JSONDecodeError:
        yield INSTALL, "squawk", done.stderr.strip() or done.stdout.strip()
        return
    for entry in reported:
        yield f"{entry['file']}:{entry['line'] + 1}", entry["rule_name"], entry["message"]
