"""What tests share: a running server (PGHOST, PGPORT, PGUSER), fresh databases, the installed runner."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from node_tools import npm_folder
from psycopg.conninfo import make_conninfo
from shares import taken
from source_tree import SourceTree

COMPLY_DB = Path(sys.executable).with_name("comply-db")
ROOT = Path(__file__).parents[2]
# Not random: roles are the server's, and from version 16 on only the login that made the comply_* roles may
# grant them on. The first run on a fresh server is the one that creates them without a superuser.
DEPLOYER = "test_deployer"
AZURITE = "azurite@3.33.0"
ACCOUNT = "devstoreaccount1"
# Azurite's own, in its documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the folder through which several runs divide the files of tests among them."""
    parser.addoption("--share", type=Path, help="run the files that no other run with this folder has taken")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what is taken from the share, where there is one; else what there is, as pytest does."""
    share = session.config.option.share
    if share is None or session.testsfailed or session.config.option.collectonly:
        return None

    items = taken(share, session.items)
    item = next(items, None)
    while item:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL with a superuser that needs no password."""

    host: str
    port: int
    superuser: str

    def dsn(self, dbname: str, user: str | None = None) -> str:
        """Return the connection string of a database, for the superuser or another login."""
        return make_conninfo(host=self.host, port=self.port, user=user or self.superuser, dbname=dbname)

    def admin(self, dbname: str = "postgres") -> psycopg.Connection[Any]:
        """Connect as the superuser, in autocommit."""
        return psycopg.connect(self.dsn(dbname), autocommit=True)


@dataclass(frozen=True)
class Database:
    """A database of one test: dsn is the deployer's, admin_dsn the superuser's."""

    server: Server
    name: str

    @property
    def dsn(self) -> str:
        """The connection string of the deployer, a NOSUPERUSER CREATEROLE CREATEDB login."""
        return self.server.dsn(self.name, DEPLOYER)

    @property
    def admin_dsn(self) -> str:
        """The connection string of the superuser."""
        return self.server.dsn(self.name)

    def connect(self, user: str | None = DEPLOYER, **options: Any) -> psycopg.Connection[Any]:
        """Connect in autocommit as the deployer, or as another login; None is the superuser."""
        return psycopg.connect(self.server.dsn(self.name, user), autocommit=True, **options)

    def run(self, script: str, user: str | None = None) -> None:
        """Run statements as the superuser, or as another login."""
        with self.connect(user) as conn:
            conn.execute(script)

    def value(self, query: str, *parameters: Any, user: str | None = None) -> Any:
        """Return the first column of the first row of a query that the superuser, or another login, runs."""
        with self.connect(user) as conn:
            row = conn.execute(query, parameters or None).fetchone()
        return row and row[0]


@dataclass(frozen=True)
class Result:
    """What a finished command left: its exit code and both streams."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document that --json puts on standard output."""
        return json.loads(self.stdout)


@pytest.fixture(scope="session")
def server() -> Server:
    """The server that the environment names. There is none to fall back on."""
    return Server(os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ.get("PGUSER", "postgres"))


@pytest.fixture(scope="session")
def deployer(server: Server) -> str:
    """The login that installs: shaped like a member of azure_pg_admin, and never a superuser."""
    with server.admin() as conn:
        if not conn.execute("select 1 from pg_roles where rolname = %s", [DEPLOYER]).fetchone():
            conn.execute(f"create role {DEPLOYER} login nosuperuser createrole createdb")
        # Roles that another login made on this server are handed over as their maker would have to.
        owner = conn.execute(
            "select pg_has_role(%s, oid, 'member') from pg_roles where rolname = 'comply_owner'", [DEPLOYER]
        ).fetchone()
        if owner and not owner[0]:
            roles = conn.execute(
                "select quote_ident(rolname) from pg_roles where rolname ~ '^comply_(owner|app"
                "|reader|analyst|auditor|admin|operator)$'"
            ).fetchall()
            for (role,) in roles:
                conn.execute(f"grant {role} to {DEPLOYER} with admin option")
    return DEPLOYER


@pytest.fixture(scope="session")
def make_database(server: Server, deployer: str) -> Iterator[Callable[..., Database]]:
    """A factory of databases, empty or copied from another; all are dropped when the tests end.

    The superuser owns them, and with them schema public; the deployer may create schemas, no more.
    """
    made: list[str] = []

    def make(template: Database | None = None) -> Database:
        name = f"comply_test_{uuid.uuid4().hex[:12]}"
        with server.admin() as conn:
            conn.execute(f"create database {name} template {template.name if template else 'template0'}")
            conn.execute(f"grant create on database {name} to {deployer}")
        made.append(name)
        return Database(server, name)

    def drop(name: str) -> None:
        with server.admin() as conn:
            conn.execute(f"drop database if exists {name} with (force)")

    yield make
    # All at once: each waits for a checkpoint, and one checkpoint serves those that wait together.
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(drop, made))


@pytest.fixture
def database(make_database: Callable[..., Database]) -> Database:
    """A fresh, empty database."""
    return make_database()


@pytest.fixture(scope="session")
def template(make_database: Callable[..., Database], run_cli: Callable[..., Result]) -> Database:
    """A database with everything deployed, to be copied and never connected to."""
    database = make_database()
    result = run_cli("deploy", database=database)
    assert result.exit_code == 0, result.stderr
    return database


@pytest.fixture
def installed(make_database: Callable[..., Database], template: Database) -> Database:
    """A fresh database with everything deployed by the runner."""
    return make_database(template)


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    """A source tree of the runner's own files, to add to."""
    return SourceTree(tmp_path / "tree")


@pytest.fixture(scope="session")
def ground_template(
    make_database: Callable[..., Database],
    run_cli: Callable[..., Result],
    tmp_path_factory: pytest.TempPathFactory,
) -> Database:
    """A database with the runner's own files deployed, to be copied and never connected to."""
    database = make_database()
    tree = SourceTree(tmp_path_factory.mktemp("ground") / "tree")
    result = run_cli("deploy", database=database, source=tree.root)
    assert result.exit_code == 0, result.stderr
    return database


@pytest.fixture
def ground(make_database: Callable[..., Database], ground_template: Database) -> Database:
    """A fresh database with the runner's own files deployed: what a new source tree starts from."""
    return make_database(ground_template)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of a command: without libpq's variables, so that --dsn alone decides."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")}


@pytest.fixture(scope="session")
def run_cli(environment: dict[str, str]) -> Callable[..., Result]:
    """Run the installed comply-db and return what it left: run_cli("deploy", "--json", database=database)."""

    def run(
        *arguments: str,
        database: Database | None = None,
        source: Path | None = None,
        env: dict[str, str] | None = None,
        stdin: str | bytes | None = None,
        timeout: float = 120,
    ) -> Result:
        done = subprocess.run(
            [*command(database, source), *arguments],
            env=environment | (env or {}),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def start_cli(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the installed comply-db and return its process; what is left of it dies with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, database: Database, source: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*command(database, source), *arguments],
            env=environment | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running Azurite, installed below .cache once."""
    program = npm_folder(AZURITE) / "azurite/dist/src/blob/main.js"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path_factory.mktemp("azurite")
    # Its newest API is older than what the client asks for by default.
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", data, "--silent"]
    process = subprocess.Popen(
        ["node", program, *options, "--skipApiVersionCheck"], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, "Azurite has ended"
            assert time.monotonic() < deadline, "Azurite has not started"
            time.sleep(0.05)
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
        )
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def container(azurite: str) -> Any:
    """An empty container of its own for each test, as the client of its administrator."""
    from azure.storage.blob import ContainerClient

    client = ContainerClient.from_connection_string(azurite, f"test-{time.monotonic_ns()}")
    client.create_container()
    return client


def command(database: Database | None, source: Path | None) -> list[str]:
    """Return the command line of the runner up to its sub-command."""
    return [
        str(COMPLY_DB),
        *(["--dsn", database.dsn] if database else []),
        *(["--source", str(source)] if source else []),
    ]


def wait_until(database: Database, query: str, timeout_s: float = 20) -> None:
    """Wait until a query returns something true."""
    deadline = time.monotonic() + timeout_s
    with database.connect(None) as conn:
        while not conn.execute(query).fetchone()[0]:
            assert time.monotonic() < deadline, query
            time.sleep(0.02)
