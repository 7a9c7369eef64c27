"""What a command tells: sentences on standard error as it goes, one JSON document on standard output."""

import json
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from comply_db import __version__
from comply_db.errors import Exit


@dataclass
class Report:
    """The document of one command, and the voice in which it speaks meanwhile."""

    command: str
    as_json: bool = False
    is_quiet: bool = False
    run_id: uuid.UUID = field(default_factory=uuid.uuid4)
    document: dict[str, Any] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Write a line for people."""
        if self.is_quiet:
            return
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def progress(self, text: str) -> None:
        """Overwrite the last line of a terminal; say nothing where there is none."""
        if sys.stderr.isatty() and not self.is_quiet:
            sys.stderr.write(f"\r\x1b[K{text[:100]}")
            sys.stderr.flush()

    def unit(self, path: str, action: str, outcome: str, began: float, **more: Any) -> None:
        """Note what became of a file: began is the time.monotonic() at which work on it began."""
        ms = round((time.monotonic() - began) * 1000, 1)
        self.units.append(
            {"path": path, "kind": path.split("/")[0], "action": action, "outcome": outcome}
            | {"sqlstate": None, "line": None, "column": None, "attempts": 1, "ms": ms}
            | more
        )
        if outcome == "ok":
            self.say(f"{action} {path} ({ms:.0f} ms)")

    def end(self, exit_code: Exit | int, message: str | None = None, hint: str | None = None) -> int:
        """Say how it ended, print the document where it was asked for, and return the exit code."""
        outcome = Exit(exit_code).name.lower()
        if message:
            self.say(f"{'' if exit_code in (Exit.OK, Exit.PENDING) else 'error: '}{message}")
        if hint:
            self.say(f"hint: {hint}")
        if self.as_json:
            document = {
                "command": self.command,
                "run_id": str(self.run_id),
                "outcome": outcome,
                "exit_code": int(exit_code),
                "message": message,
                "hint": hint,
                "database": None,
                "server_version_num": None,
                "runner_version": __version__,
                "units": self.units,
                "pending": [],
                "orphans": [],
                "drift": [],
                "lock_holder": None,
                "ms": round((time.monotonic() - self.began) * 1000, 1),
            }
            sys.stdout.write(json.dumps(document | self.document, default=str, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        return int(exit_code)
