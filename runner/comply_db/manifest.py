"""The source tree: the files that schema/install.sql names, in order, with headers and checksums."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from posixpath import normpath

from comply_db.errors import Exit, RunnerError

INSTALL = "schema/install.sql"
PRELUDE = "schema/prelude.sql"
FOLDERS = ("schema", "functions", "triggers", "policies")
LINE = re.compile(r"^\\ir +(\S+)$")
HEADER = re.compile(r"^-- comply: ([a-z-]+)(?:: +(.*\S))? *$")
VERSIONED = re.compile(r"^schema/(\d{4})__[a-z0-9_]+\.sql$")


@dataclass(frozen=True)
class SqlFile:
    """A file of the source tree: its path from the root and the text that is sent and remembered."""

    path: str
    text: str
    revert: str | None = None
    verify: str | None = None

    @property
    def kind(self) -> str:
        """The folder: schema, functions, triggers or policies."""
        return self.path.split("/", 1)[0]

    @cached_property
    def version(self) -> int | None:
        """The number of a versioned file, None for a repeatable one."""
        match = VERSIONED.match(self.path)
        return int(match[1]) if match else None

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """The runner's headers of the first comment block, as (name, value)."""
        return parse_headers(self.text)

    def header(self, name: str) -> str | None:
        """Return the value of a header, empty if it has none, or None if the header is not there."""
        return dict(reversed(self.headers)).get(name)

    @property
    def is_transactional(self) -> bool:
        """Whether the whole file runs in one transaction with its tracking row."""
        return self.header("no-transaction") is None


@dataclass(frozen=True)
class Manifest:
    """What schema/install.sql names, in order. The prelude stands wherever the manifest puts it."""

    root: Path
    lines: list[str]
    files: dict[str, SqlFile]
    bootstrap: frozenset[str]

    def upto(self, version: int | None) -> "Manifest":
        """Return the manifest as it stands above the first schema file after a version."""
        if version is None:
            return self
        ends = (i for i, p in enumerate(self.lines) if (self.files[p].version or 0) > version)
        return Manifest(self.root, self.lines[: next(ends, len(self.lines))], self.files, self.bootstrap)

    @property
    def named(self) -> list[SqlFile]:
        """The files in order, without the prelude."""
        return [self.files[p] for p in self.lines if p != PRELUDE]

    @property
    def prelude(self) -> str:
        """The statements that set up a session."""
        return self.files[PRELUDE].text


def find_root(source: Path | None) -> Path:
    """Return the folder of the SQL: the one given, else the packaged one, else the repository's."""
    package = Path(__file__).parent
    for root in [source] if source else [package / "sql", package.parents[1]]:
        if (root / INSTALL).is_file():
            return root
    raise RunnerError(
        Exit.INVALID, f"{source or package} has no {INSTALL}", "Name the folder of the SQL with --source."
    )


def normalise(raw: bytes) -> str:
    """Return the text that is sent and hashed: UTF-8 without BOM, LF, without blanks at its end.

    Raises UnicodeDecodeError.
    """
    return raw.decode("utf-8-sig").replace("\r\n", "\n").rstrip(" \t\r\n\f\v")


def parse_headers(text: str) -> list[tuple[str, str]]:
    """Return the runner's headers, (name, value), of the comment block that a text begins with."""
    headers = []
    for line in text.split("\n"):
        if not line.startswith("--"):
            break
        if match := HEADER.match(line):
            headers.append((match[1], match[2] or ""))
    return headers


def read_text(root: Path, path: str) -> str:
    """Read a file of the source tree. Raises RunnerError where it is missing or is not UTF-8."""
    try:
        return normalise((root / path).read_bytes())
    except OSError as error:
        raise RunnerError(Exit.INVALID, f"{path}: {error.strerror}", f"{INSTALL} names it.") from error
    except UnicodeDecodeError as error:
        raise RunnerError(
            Exit.INVALID, f"{path}: not UTF-8 at byte {error.start}", "Save it as UTF-8."
        ) from error


def read_manifest(source: Path | None) -> Manifest:
    """Read schema/install.sql and every file that it names. Raises RunnerError where it is in disorder."""
    root = find_root(source)
    lines = list(manifest_lines(read_text(root, INSTALL)))
    beside = {p.name for p in (root / "schema").iterdir()}
    files = {}
    for path in lines:
        name = PurePosixPath(path)
        revert, verify = (name.with_suffix(f".{suffix}.sql") for suffix in ("revert", "verify"))
        files[path] = SqlFile(
            path,
            read_text(root, path),
            read_text(root, str(revert)) if revert.name in beside else None,
            read_text(root, str(verify)) if verify.name in beside else None,
        )
    ends = [i for i, path in enumerate(lines) if files[path].header("bootstrap") is not None]
    if len(ends) != 1 or PRELUDE not in lines[: ends[0]]:
        raise RunnerError(
            Exit.INVALID,
            f"{INSTALL} names {len(ends)} file(s) with the header bootstrap, not one below {PRELUDE}",
            "Keep the lines that the runner itself stands on together, at the top.",
        )
    refuse_disorder(lines, files)
    return Manifest(root, lines, files, frozenset(lines[: ends[0] + 1]))


def manifest_lines(text: str) -> Iterable[str]:
    """Yield the paths of a manifest from the root. Raises RunnerError for a line of any other form."""
    for number, line in enumerate(text.split("\n"), 1):
        if match := LINE.match(line):
            yield normpath(f"schema/{match[1]}")
        elif line.strip() and not line.startswith("--"):
            raise RunnerError(
                Exit.INVALID,
                f"{INSTALL}:{number}: {line!r}",
                "It holds comments and \\ir lines, nothing else.",
            )


def refuse_disorder(lines: list[str], files: dict[str, SqlFile]) -> None:
    """Raise RunnerError where a path is named twice, has no place in the tree, or versions do not ascend."""
    seen: set[str] = set()
    last = 0
    for path in lines:
        if path == PRELUDE:
            continue
        version = files[path].version
        if path in seen:
            raise RunnerError(Exit.INVALID, f"{INSTALL} names {path} twice")
        if path.split("/")[0] not in FOLDERS or (path.startswith("schema/") and version is None):
            raise RunnerError(
                Exit.INVALID,
                f"{INSTALL} names {path}, which is not schema/NNNN__what.sql",
                f"Or put it in one of {', '.join(FOLDERS[1:])}.",
            )
        if version is not None and version <= last:
            raise RunnerError(
                Exit.INVALID,
                f"{INSTALL} names {path} after version {last:04}",
                "Give it the next number and the last line.",
            )
        seen.add(path)
        last = version or last
