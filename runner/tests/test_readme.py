"""The session on the README's first screen happens as it is written."""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
from conftest import COMPLY_DB, ROOT, Server

TRANSCRIPT = re.search(
    r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)[1]
# What differs from run to run.
VARYING = r"\d+(\.\d+)? s, [\d,]+ lines/s"


def _steps(transcript: str) -> list[tuple[str, str]]:
    """Return each command with the output that is written below it."""
    steps: list[list[str]] = []
    for line in transcript.splitlines(keepends=True):
        if line.startswith("$ "):
            steps.append([line[2:], ""])
        elif line.startswith(">"):
            steps[-1][0] += line[1:].removeprefix(" ")
        else:
            steps[-1][1] += line
    return [(command, output) for command, output in steps]


@pytest.fixture
def nothing_of_it_is_there(server: Server) -> Iterator[None]:
    def clear() -> None:
        with server.admin() as admin:
            admin.execute("drop database if exists compliance with (force)")
            for role in ("service", "chief"):
                admin.execute(f"drop role if exists {role}")

    clear()
    yield
    clear()


@pytest.mark.usefixtures("nothing_of_it_is_there")
def test_readme_is_a_session_that_happened() -> None:
    steps = _steps(TRANSCRIPT)
    assert len(steps) > 5
    mark = "--- end of a step ---"
    script = "".join(f"{command}echo '{mark}'\n" for command, _ in steps)

    done = subprocess.run(
        ["bash", "-eu"],
        input=script,
        cwd=ROOT,
        env={**os.environ, "PATH": f"{COMPLY_DB.parent}:{os.environ['PATH']}", "PSQLRC": os.devnull},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )

    said = done.stdout.split(f"{mark}\n")
    assert done.returncode == 0, done.stdout
    for (command, written), output in zip(steps, said[:-1], strict=True):
        assert re.sub(VARYING, "", output) == re.sub(VARYING, "", written), command
