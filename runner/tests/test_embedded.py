"""The embedded server: it starts, is found again, survives a machine's life, and lets nobody else in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from comply_db import embedded

SETTINGS = {"fsync": "off"}
CACHE = Path(__file__).parents[2] / ".cache"


@pytest.fixture(scope="module")
def major() -> int:
    with psycopg.connect("") as connection:
        return connection.info.server_version // 10000


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    # Not pytest's own, which root has for itself, while the server runs as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="comply-db-home-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("COMPLY_DB_HOME", str(base))
    yield base
    embedded.remove("it")


def _start(major: int) -> embedded.Server:
    return embedded.start("it", major=major, settings=SETTINGS, cache=CACHE)


def _ask(server: embedded.Server, question: str) -> str:
    with psycopg.connect(server.dsn()) as connection:
        return connection.execute(question).fetchone()[0]


def _postmaster(home: Path) -> int:
    return int((home / "it/data/postmaster.pid").read_text().split("\n")[0])


def _kill(home: Path) -> None:
    pid = _postmaster(home)
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while embedded._is_server(pid, home / "it/data") and time.monotonic() < until:
        time.sleep(0.02)


def test_answers_in_utf8_and_utc_with_the_settings_asked_for(home: Path, major: int) -> None:
    server = _start(major)
    assert not server.was_running
    assert server.installation.major == major
    assert _ask(server, "show server_encoding") == "UTF8"
    assert _ask(server, "show timezone") == "UTC"
    assert _ask(server, "show fsync") == "off"
    assert _ask(server, "select upper('é')") == "É"


def test_nobody_else_can_reach_it(home: Path, major: int) -> None:
    server = _start(major)
    assert _ask(server, "show listen_addresses") == ""
    assert stat.S_IMODE(server.host.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "data").stat().st_mode) == 0o700
    if os.geteuid() == 0 and server.host.owner() != "nobody":
        intruder = subprocess.run(
            [server.installation.bin / "psql", server.dsn(), "-c", "select 1"],
            user="nobody",
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        assert intruder.returncode != 0
        assert b"Permission denied" in intruder.stderr


def test_second_start_finds_it_running(home: Path, major: int) -> None:
    first = _start(major)
    pid = _postmaster(home)
    second = _start(major)
    assert second.was_running
    assert second.host == first.host
    assert second.installation.bin == first.installation.bin
    assert _postmaster(home) == pid
    assert embedded.status("it") == second


def test_data_outlives_a_stop(home: Path, major: int) -> None:
    server = _start(major)
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("create table kept as select 7 as n")
    assert embedded.stop("it")
    assert not embedded.stop("it")
    assert embedded.status("it") is None
    assert _ask(_start(major), "select n from kept") == 7


def test_killed_server_starts_again(home: Path, major: int) -> None:
    _start(major)
    _kill(home)
    assert embedded.status("it") is None
    assert _ask(_start(major), "select 1") == 1


def test_process_id_that_now_is_another_process_is_no_server(home: Path, major: int) -> None:
    # As after a reboot: PostgreSQL alone takes any live process of its account for the old server.
    server = _start(major)
    _kill(home)
    account = embedded._account()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    other = subprocess.Popen(["sleep", "60"], **identity)
    try:
        for file in (home / "it/data/postmaster.pid", server.host / f".s.PGSQL.{embedded.PORT}.lock"):
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(other.pid), *lines[1:]]))
        assert embedded.status("it") is None
        assert not embedded.stop("it")
        assert other.poll() is None
        assert _ask(_start(major), "select 1") == 1
    finally:
        other.kill()
        other.wait()


def test_interrupted_initdb_is_made_again(home: Path, major: int) -> None:
    _start(major)
    embedded.stop("it")
    (home / "it/data").rename(home / "it/data.unfinished")
    (home / "it/data.unfinished/PG_VERSION").unlink()
    assert _ask(_start(major), "select 1") == 1


def test_other_version_than_the_data_is_refused(home: Path, major: int) -> None:
    server = _start(major)
    wanted = 16 if major != 16 else 17
    with pytest.raises(embedded.EmbeddedError, match=f"runs on PostgreSQL {server.installation.version}"):
        embedded.start("it", major=wanted)
    embedded.stop("it")
    with pytest.raises(
        embedded.EmbeddedError, match=f"PostgreSQL {major}, and {wanted} was asked for: remove"
    ):
        embedded.start("it", major=wanted)


def test_long_path_gets_a_short_socket(monkeypatch: pytest.MonkeyPatch, home: Path, major: int) -> None:
    deep = home / ("d" * 90)
    deep.mkdir(mode=0o755)
    monkeypatch.setenv("COMPLY_DB_HOME", str(deep))
    try:
        server = _start(major)
        assert len(bytes(server.host / ".s.PGSQL.5432")) <= embedded.SOCKET_PATH_BYTES
        assert stat.S_IMODE(server.host.stat().st_mode) == 0o700
        assert _ask(server, "select 1") == 1
        assert embedded.status("it").host == server.host
    finally:
        embedded.remove("it")
    assert not server.host.exists()


def test_directory_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setenv("COMPLY_DB_HOME", str(open_to_all))
    with pytest.raises(embedded.EmbeddedError, match="name a directory of your own in COMPLY_DB_HOME"):
        embedded.start("it")


def test_bad_setting_tells_the_servers_reason(home: Path, major: int) -> None:
    with pytest.raises(embedded.EmbeddedError, match=r"did not start: .*server\.log"):
        embedded.start("it", major=major, settings={"max_connections": "minus one"}, cache=CACHE)
    assert _ask(_start(major), "select 1") == 1


def test_without_any_postgresql_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedded, "SYSTEM_BINARIES", ())
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(embedded.EmbeddedError, match="no PostgreSQL 15 or newer was found.*install one"):
        embedded.start("it", cache=tmp_path)


def test_two_names_are_two_servers(home: Path, major: int) -> None:
    one = _start(major)
    try:
        other = embedded.start("other", major=major, settings=SETTINGS, cache=CACHE)
        assert _ask(one, "show data_directory") != _ask(other, "show data_directory")
    finally:
        embedded.remove("other")
    assert _ask(one, "select 1") == 1


def test_socket_file_is_where_libpq_looks(home: Path, major: int) -> None:
    server = _start(major)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(server.host / f".s.PGSQL.{embedded.PORT}"))
    assert server.environment()["PGHOST"] == str(server.host)
