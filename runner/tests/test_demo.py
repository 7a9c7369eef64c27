"""The demo, as `make demo` runs it: on a server of its own, twice, then stopped and cleared away."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from comply_db import embedded


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="comply-db-demo-"))
    folder.chmod(0o755)
    monkeypatch.setenv("COMPLY_DB_HOME", str(folder))
    yield folder
    embedded.remove()
    shutil.rmtree(folder)


@pytest.fixture
def demo(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*options: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        command = [sys.executable, "-m", "comply_db.cli", "demo", *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return run


def test_shows_all_and_again(demo: Callable[..., subprocess.CompletedProcess[str]], home: Path) -> None:
    first = demo()
    assert first.returncode == 0, first.stderr
    assert re.findall(r"(\d+) recorded, 0 repeated, 0 rejected", first.stdout) == ["30", "20", "10"]
    assert re.search(r"^  acme +Acme Bank +30 +9$", first.stdout, re.MULTILINE)
    assert re.search(
        r"^  UPDATE +rita@acme.example +demo_service +\{\} +\{.review.: .confirmed.\}$", first.stdout, re.M
    )
    assert re.search(r"records_of_globex\n  -+\n  0\n", first.stdout)
    assert "ERROR:  new row violates row-level security policy" in first.stdout
    assert re.search(r"^  partitions_ahead +ok ", first.stdout, re.MULTILINE)
    assert f"-h {home}/demo" in first.stdout
    (page,) = (home / "demo").glob("soc2-*.html")
    assert f"Open it: {page.as_uri()}" in first.stdout
    assert "Acme Bank" in page.read_text(encoding="utf-8")

    second = demo()
    assert second.returncode == 0, second.stderr
    assert "still runs" in second.stdout
    assert "nothing to do" in second.stdout
    assert re.findall(r"0 recorded, (\d+) repeated", second.stdout) == ["30", "20", "10"]
    assert second.stdout.count("rita@acme.example") == 1


def test_database_of_other_files_is_made_anew(demo: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert demo().returncode == 0
    with psycopg.connect(embedded.status().dsn("comply_demo")) as connection:
        connection.execute(
            "update comply_private.schema_migrations set checksum = sha256('') where version = 1"
        )
    again = demo()
    assert again.returncode == 0, again.stderr
    assert "made from other files" in again.stdout
    assert re.findall(r"(\d+) recorded, 0 repeated, 0 rejected", again.stdout) == ["30", "20", "10"]


def test_stops_and_goes(demo: Callable[..., subprocess.CompletedProcess[str]], home: Path) -> None:
    assert "does not run" in demo("--stop").stdout
    embedded.start()
    assert "is stopped" in demo("--stop").stdout
    assert embedded.status() is None
    assert (home / "demo/data").is_dir()
    assert "are gone" in demo("--remove").stdout
    assert not (home / "demo").exists()
