"""Run every test on each asked version of PostgreSQL: lay a server, deploy, pg_prove, pytest, clear it away.

All tests of a version run in parts, each on a server of its own, that take file after file until none is
left. Tests wait about as much as they compute, so more parts run at once than there are processors; they are
printed one after the other. Deploys as a login shaped like Azure's administrator, which is no superuser; the
tests themselves run as one.
Exits 0 when all passed, 1 when a test failed, 2 when the tests could not be run.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import psycopg
from comply_db import embedded
from shares import take

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
REFERENCE = "docs/reference.md"
DATABASE = "comply_test"
# Of each version, and of those at once for each processor.
PARTS = 2
INSTALLER = "test_deployer"
# A server that is thrown away need not survive a power cut. What it logs stays as it is in production.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PACKAGES = ("postgresql-15-pgtap", "libtap-parser-sourcehandler-pgtap-perl")


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pg", action="append", type=int, required=True, help="a major version; repeat it for more"
    )
    parser.add_argument(
        "test",
        nargs="?",
        help="a file or folder of tests_sql/ or runner/tests/, or docs/reference.md to write it",
    )
    parser.add_argument(
        "--share", type=Path, help="the folder through which the parts of a version divide its tests"
    )
    parser.add_argument("--part", type=int, default=1, help="which of them this is")
    arguments = parser.parse_args()

    # So that a server stops in order whatever ends us.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    CACHE.mkdir(exist_ok=True)
    try:
        _need_pg_prove()
        if arguments.share:
            return _run_one(arguments.pg[0], arguments.part, None, arguments.share)
        if len(arguments.pg) > 1 or arguments.test is None:
            return _run_all(arguments.pg, arguments.test)
        return _run_one(arguments.pg[0], 1, arguments.test, None)
    except (embedded.EmbeddedError, psycopg.Error, FileNotFoundError, subprocess.CalledProcessError) as e:
        return _refuse(str(e).strip())
    except KeyboardInterrupt:
        return 130


def _run_all(majors: list[int], test: str | None) -> int:
    """Run each version, or each part of one, in a process of its own; print them in their order."""
    running: dict[int, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
    worst = 0
    with tempfile.TemporaryDirectory() as scratch:
        commands = [
            [sys.executable, __file__, "--pg", str(major), *options]
            for major in majors
            for options in ([[test]] if test else _parts(Path(scratch) / str(major)))
        ]
        started = 0
        try:
            for number in range(len(commands)):
                while started < len(commands) and len(running) < PARTS * (os.cpu_count() or 1):
                    running[started] = _start(commands[started])
                    started += 1
                process, output = running[number]
                while process.poll() is None:
                    _copy(output)
                    time.sleep(0.5)
                _copy(output)
                del running[number]
                worst = max(worst, process.returncode)
        finally:
            for process, _ in running.values():
                process.send_signal(signal.SIGINT)
            for process, _ in running.values():
                process.wait()
    return worst


def _parts(share: Path) -> list[list[str]]:
    """Return the options of each part of a version."""
    share.mkdir()
    return [["--share", str(share), "--part", str(part)] for part in range(1, PARTS + 1)]


def _start(command: list[str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    output = tempfile.NamedTemporaryFile()  # noqa: SIM115 - read for as long as the process writes
    with Path(output.name).open("ab") as end:
        # Ctrl-C comes to us alone, and we pass it on once.
        process = subprocess.Popen(command, stdout=end, stderr=subprocess.STDOUT, process_group=0)
    return process, output


def _copy(output: IO[bytes]) -> None:
    """Print what a process has written since the last time."""
    sys.stdout.buffer.write(output.read())
    sys.stdout.flush()


def _run_one(major: int, part: int, test: str | None, share: Path | None) -> int:
    """Run one version, or one part of it, alone in this checkout; return the exit code."""
    with (CACHE / f"test-{major}-{part}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _refuse("the tests run in this checkout already: wait for them, or use another clone")
        failed = _run(major, part, test, share)
    for step in failed:
        print(f"FAILED  PostgreSQL {major}: {step}", file=sys.stderr)
    return 1 if failed else 0


def _run(major: int, part: int, test: str | None, share: Path | None) -> list[str]:
    """Run the tests on one version; return the steps that failed."""
    name = f"test-{major}-{part}-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]}"
    # What a run that was killed has left.
    embedded.remove(name)
    try:
        server = embedded.start(name, major=major, settings=SETTINGS, cache=CACHE)
        _say(f"PostgreSQL {server.installation.version} ({server.installation.origin})")
        if test == REFERENCE:
            steps = [("deploy", _deploy), ("reference", _write_reference)]
        elif test and test.startswith("tests_sql"):
            steps = [("deploy", _deploy), ("pg_prove", _pg_prove)]
        else:
            steps = [("pytest", partial(_pytest, share))]
            if share and take(share, "tests_sql"):
                steps = [("deploy", _deploy), ("pg_prove", _pg_prove), *steps]

        failed = []
        for step, run in steps:
            began = time.monotonic()
            if not run(server, test):
                failed.append(step)
                if step == "deploy":
                    break
            elif step != "pytest":
                _say(f"{step}: {time.monotonic() - began:.1f} s")
        return failed
    finally:
        embedded.remove(name)


def _deploy(server: embedded.Server, _: str | None) -> bool:
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"create role {INSTALLER} login nosuperuser createrole createdb")
    with psycopg.connect(server.dsn(user=INSTALLER), autocommit=True) as installer:
        installer.execute(f"create database {DATABASE}")
    # On Azure nobody who installs owns it.
    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as admin:
        admin.execute("alter schema public owner to postgres")

    comply_db = Path(sys.executable).with_name("comply-db")
    command = [comply_db, "--dsn", server.dsn(DATABASE, INSTALLER), "deploy"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=server.environment(),
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode())
        return False

    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as admin:
        _load_pgtap(admin)
    return True


def _load_pgtap(admin: psycopg.Connection) -> None:
    """Put pgTAP into the schema tap: as an extension where the server has it, else its script as it is."""
    admin.execute("create schema tap")
    if admin.execute("select 1 from pg_available_extensions where name = 'pgtap'").fetchone():
        admin.execute("create extension pgtap schema tap")
    else:
        newest = max(_pgtap_scripts(), key=lambda s: [int(n) for n in re.findall(r"\d+", s.name)])
        text = re.sub(r"^\\.*$", "", newest.read_text(encoding="utf-8"), flags=re.MULTILINE)
        admin.execute("set search_path = tap, pg_catalog")
        admin.execute(text)
    admin.execute("grant usage on schema tap to public")


def _pgtap_scripts() -> list[Path]:
    scripts = Path("/usr/share/postgresql").glob("*/extension/pgtap--*.sql")
    return [s for s in scripts if re.fullmatch(r"pgtap--[\d.]+\.sql", s.name)]


def _pg_prove(server: embedded.Server, test: str | None) -> bool:
    # One at a time: some tests alter tables inside their transactions, and would wait for each other.
    command = ["pg_prove", "--dbname", DATABASE, "--ext", ".sql", "--recurse", test or "tests_sql"]
    return _call(server, command)


def _pytest(share: Path | None, server: embedded.Server, test: str | None) -> bool:
    sharing = ["--share", share] if share else []
    return _call(server, [sys.executable, "-m", "pytest", test or "runner/tests", *sharing])


def _write_reference(server: embedded.Server, _: str | None) -> bool:
    command = [
        "psql",
        "-XAtq",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        DATABASE,
        "-f",
        "docs/reference.sql",
        "-o",
        REFERENCE,
    ]
    return _call(server, command)


def _call(server: embedded.Server, command: list[str | Path]) -> bool:
    """Run a command from the root of the checkout; return whether it ended well."""
    # Ctrl-C comes to us alone, and we pass it on once, so that what a test has started is cleared away.
    process = subprocess.Popen(
        command, cwd=ROOT, env=server.environment(), stdin=subprocess.DEVNULL, process_group=0
    )
    try:
        return process.wait() == 0
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        raise


def _need_pg_prove() -> None:
    """Install pg_prove and pgTAP where they are missing and we may, else say how."""
    if shutil.which("pg_prove") and _pgtap_scripts():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        # What pgTAP comes with is PostgreSQL 15, and that is tested with the extensions it can have.
        subprocess.run([ROOT / ".ci/packages", "postgresql-15-plpgsql-check", *PACKAGES], check=True)
        return
    raise FileNotFoundError(
        f"pgTAP and pg_prove are missing: as root, run 'apt-get install {' '.join(PACKAGES)}'"
    )


def _say(line: str) -> None:
    print(f"--- {line}", file=sys.stderr, flush=True)


def _refuse(reason: str) -> int:
    print(f"make test: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
