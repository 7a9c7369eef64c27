"""Connections to a real TLS tls, with tokens from endpoints that speak as Entra does, on this machine."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import logging
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from comply_db import embedded
from comply_db.connect import ConnectError, ConnectOptions, connect
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "db.example.test"
SECRET = "hunter2"
COMPLY_DB = Path(sys.executable).with_name("comply-db")
ASSERTION = "a-service-accounts-token"
WEAKER = ("disable", "allow", "prefer", "require", "verify-ca")


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own; `root` is the file that clients trust."""

    folder: Path
    root: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, folder: Path, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = _builder(subject, subject, key).add_extension(x509.BasicConstraints(True, None), True)
        signed = certificate.sign(key, hashes.SHA256())
        root = folder / f"{name}.pem"
        root.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return cls(folder, root, signed, key)

    def issue(self, name: str) -> tuple[Path, Path]:
        """Return the files of a certificate for `name` and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName(
            [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        builder = _builder(subject, self.certificate.subject, key).add_extension(names, False)
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        signed = builder.sign(self.key, hashes.SHA256())
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        private.chmod(0o600)
        return certificate, private


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


@dataclass(frozen=True)
class TlsServer:
    """A PostgreSQL that listens on the loopback interface, with TLS, under a name that is not local."""

    port: int
    authority: Authority
    stranger: Authority
    superuser: str

    def dsn(self, *, host: str = NAME, root: Path | None = None, **more: str) -> str:
        parts = {"host": host, "hostaddr": "127.0.0.1", "port": str(self.port), "dbname": "postgres"}
        parts |= {"sslrootcert": str(root)} if root else {}
        return " ".join(f"{key}={value}" for key, value in (parts | more).items())

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture(scope="module")
def tls() -> Iterator[TlsServer]:
    with psycopg.connect("") as connection:
        major = connection.info.server_version // 10000
    folder = Path(tempfile.mkdtemp(prefix="comply-db-tls-"))
    folder.chmod(0o755)
    authority, stranger = Authority.create(folder, "ours"), Authority.create(folder, "strangers")
    certificate, key = authority.issue(NAME)
    if os.geteuid() == 0:
        shutil.chown(key, embedded._account().pw_name)
    rules = folder / "pg_hba.conf"
    rules.write_text(
        "local all all trust\nhost all postgres all reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "hba_file": str(rules),
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
        "fsync": "off",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLY_DB_HOME", str(folder))
        try:
            cache = Path(__file__).parents[2] / ".cache"
            started = embedded.start("tls", major=major, settings=settings, cache=cache)
            superuser = f"host={started.host} port={port} user=postgres dbname=postgres"
            tls = TlsServer(port, authority, stranger, superuser)
            tls.execute("create role app login password 'correct horse'", "create role entra login")
            yield tls
        finally:
            embedded.remove("tls")
            shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def no_libpq_environment(tls: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("PG", "AZURE_", "IDENTITY_", "MSI_"))]:
        monkeypatch.delenv(name)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _app(tls: TlsServer, **more: str) -> str:
    return tls.dsn(**{"user": "app", "password": "'correct horse'"} | more)


class TestTls:
    def test_right_authority_and_name_connect(self, tls: TlsServer) -> None:
        with connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root))) as connection:
            used = connection.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
            assert used == (True,)
            assert connection.autocommit
            assert connection.prepare_threshold is None
            assert connection.info.get_parameters()["keepalives_idle"] == "30"

    def test_application_name_is_the_callers(self, tls: TlsServer) -> None:
        with connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root)), "run 7") as connection:
            assert connection.execute("show application_name").fetchone() == ("run 7",)

    def test_public_roots_do_not_vouch_for_a_stranger(self, tls: TlsServer) -> None:
        with pytest.raises(ConnectError, match=f"{NAME}.*certificate verify failed.*sslrootcert"):
            connect(ConnectOptions(dsn=_app(tls)))

    def test_wrong_authority_is_refused(self, tls: TlsServer) -> None:
        with pytest.raises(ConnectError, match="certificate verify failed"):
            connect(ConnectOptions(dsn=_app(tls, root=tls.stranger.root)))

    def test_wrong_host_name_is_refused(self, tls: TlsServer) -> None:
        dsn = _app(tls, root=tls.authority.root, host="other.example.test")
        with pytest.raises(ConnectError, match="does not match host name.*hostaddr"):
            connect(ConnectOptions(dsn=dsn))

    def test_plaintext_server_is_refused(self, tls: TlsServer) -> None:
        with _plaintext(tls), pytest.raises(ConnectError, match="does not support SSL"):
            connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root)))

    @pytest.mark.parametrize("mode", WEAKER)
    def test_weaker_mode_in_the_connection_string_is_refused(self, tls: TlsServer, mode: str) -> None:
        with pytest.raises(ConnectError, match=f"sslmode={mode}.*--insecure-tls"):
            connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root, sslmode=mode)))

    @pytest.mark.parametrize("mode", sorted({*WEAKER} - {"prefer"}))
    def test_weaker_mode_in_the_environment_is_refused(
        self, tls: TlsServer, monkeypatch: pytest.MonkeyPatch, mode: str
    ) -> None:
        monkeypatch.setenv("PGSSLMODE", mode)
        with pytest.raises(ConnectError, match=f"sslmode={mode}"):
            connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root)))

    def test_prefer_in_the_environment_is_libpqs_default_and_gives_way(
        self, tls: TlsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGSSLMODE", "prefer")
        with _plaintext(tls), pytest.raises(ConnectError, match="does not support SSL"):
            connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root)))

    def test_address_alone_counts_as_a_host(self, tls: TlsServer) -> None:
        with pytest.raises(ConnectError, match=r"sslmode=disable.*192\.0\.2\.1"):
            connect(ConnectOptions(dsn="hostaddr=192.0.2.1 sslmode=disable"))

    def test_loopback_name_over_a_foreign_address_is_no_local_host(self) -> None:
        with pytest.raises(ConnectError, match="sslmode=disable"):
            connect(ConnectOptions(dsn="host=localhost hostaddr=192.0.2.1 sslmode=disable"))

    def test_one_foreign_host_among_local_ones_is_enough(self) -> None:
        with pytest.raises(ConnectError, match="sslmode=disable"):
            connect(ConnectOptions(dsn=f"host=localhost,{NAME} sslmode=disable"))

    def test_insecure_tls_encrypts_without_verifying(self, tls: TlsServer) -> None:
        with connect(
            ConnectOptions(dsn=_app(tls, host="other.example.test"), insecure_tls=True)
        ) as connection:
            assert connection.pgconn.ssl_in_use

    def test_insecure_tls_allows_plaintext_where_it_is_said(self, tls: TlsServer) -> None:
        with connect(ConnectOptions(dsn=_app(tls, sslmode="disable"), insecure_tls=True)) as connection:
            assert not connection.pgconn.ssl_in_use

    def test_loopback_needs_no_authority(self, tls: TlsServer) -> None:
        with connect(ConnectOptions(dsn=_app(tls, host="localhost"))) as connection:
            assert connection.pgconn.ssl_in_use

    def test_environment_gives_host_and_user(self, tls: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(tls.port),
            "PGUSER": "app",
            "PGDATABASE": "postgres",
        }
        for key, value in (settings | {"PGPASSWORD": "correct horse"}).items():
            monkeypatch.setenv(key, value)
        with connect(ConnectOptions()) as connection:
            assert connection.info.user == "app"


class TestRefusals:
    def test_wrong_password_is_not_repeated(self, tls: TlsServer) -> None:
        dsn = _app(tls, root=tls.authority.root, password=SECRET)
        with pytest.raises(ConnectError, match=f"{NAME} port {tls.port}.*authentication failed") as caught:
            connect(ConnectOptions(dsn=dsn))
        assert SECRET not in _everything(caught.value)
        assert SECRET not in repr(ConnectOptions(dsn=dsn))

    def test_unreadable_connection_string_is_not_repeated(self) -> None:
        with pytest.raises(ConnectError, match="cannot read the connection string") as caught:
            connect(ConnectOptions(dsn=f"host=x password={SECRET} and more"))
        assert SECRET not in _everything(caught.value)

    def test_closed_port_says_what_to_check(self) -> None:
        port = _free_port()
        with pytest.raises(ConnectError, match=f"localhost port {port}.*refused.*Check that the server runs"):
            connect(ConnectOptions(dsn=f"host=localhost port={port}"))

    def test_read_only_server_says_so(self, tls: TlsServer) -> None:
        tls.execute("alter role app set default_transaction_read_only = on")
        try:
            with pytest.raises(ConnectError, match="read-only.*takes no writes"):
                connect(ConnectOptions(dsn=_app(tls, root=tls.authority.root)))
        finally:
            tls.execute("alter role app reset default_transaction_read_only")

    def test_pooler_is_refused(self, tls: TlsServer, tmp_path: Path) -> None:
        pgbouncer = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        if not pgbouncer:
            pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
        with (
            _pooler(pgbouncer, tls) as port,
            pytest.raises(ConnectError, match="pooler"),
        ):
            connect(ConnectOptions(dsn=f"host=127.0.0.1 port={port} user=entra dbname=postgres"))

    def test_exit_code_is_8(self) -> None:
        assert ConnectError("").exit_code == 8


@dataclass
class Entra:
    """An identity provider on this machine: each answer is a new token, and only the newest logs in."""

    tls: TlsServer
    given: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    broken: bool = False

    def answer(self, path: str, body: str) -> tuple[int, dict]:
        self.asked.append(f"{path} {body}")
        if self.broken:
            return 400, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret.",
            }
        # As long as a real one, and no two alike.
        token = f"eyJ0eXAiOiJKV1QifQ.{len(self.given):04d}{os.urandom(700).hex()}"
        self.given.append(token)
        self.tls.execute(f"alter role entra password '{token}'")
        expires = {"expires_in": 300, "expires_on": str(int(time.time()) + 300), "not_before": "0"}
        return 200, {"access_token": token, "token_type": "Bearer", "resource": "r", **expires}


@pytest.fixture
def entra(tls: TlsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Entra]:
    """Serve tokens over HTTP, as a managed identity's endpoint, and over HTTPS, as the authority's."""
    provider = Entra(tls)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond()

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            code, answer = provider.answer(self.path, body)
            content = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    secure = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls.authority.issue("localhost"))
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    for endpoint in (plain, secure):
        threading.Thread(target=endpoint.serve_forever, args=(0.01,), daemon=True).start()

    assertion = tmp_path / "assertion"
    assertion.write_text(ASSERTION)
    variables = {
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{plain.server_port}/msi/token",
        "IDENTITY_HEADER": "header-secret",
        "AZURE_AUTHORITY_HOST": f"https://localhost:{secure.server_port}",
        "AZURE_TENANT_ID": "00000000-0000-0000-0000-000000000001",
        "AZURE_CLIENT_ID": "00000000-0000-0000-0000-000000000002",
        "AZURE_FEDERATED_TOKEN_FILE": str(assertion),
        "REQUESTS_CA_BUNDLE": str(tls.authority.root),
        "NO_PROXY": "127.0.0.1,localhost",
    }
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    yield provider
    for endpoint in (plain, secure):
        endpoint.shutdown()
        endpoint.server_close()


def _azure(tls: TlsServer, auth: str | None, **more: str) -> ConnectOptions:
    dsn = tls.dsn(root=tls.authority.root, **more)
    return ConnectOptions(dsn=dsn, azure=True, user="entra", auth=auth)


class TestAzure:
    @pytest.mark.parametrize("auth", ["managed-identity", "workload-identity"])
    def test_every_connection_gets_a_token_of_its_own(self, tls: TlsServer, entra: Entra, auth: str) -> None:
        for _ in range(3):
            with connect(_azure(tls, auth)) as connection:
                assert connection.info.user == "entra"
                assert connection.pgconn.ssl_in_use
        # The first two have expired by now: only the newest is the password.
        assert len(set(entra.given)) == 3
        assert all("ossrdbms-aad.database.windows.net" in asked for asked in entra.asked)

    def test_lost_connection_is_made_again_with_a_new_token(self, tls: TlsServer, entra: Entra) -> None:
        options = _azure(tls, "managed-identity")
        first = connect(options)
        tls.execute(f"select pg_terminate_backend({first.info.backend_pid}, 5000)")
        with pytest.raises(psycopg.OperationalError):
            first.execute("select 1")
        with connect(options) as second:
            assert second.execute("select 1").fetchone() == (1,)
        assert len(entra.given) == 2

    def test_azure_cli_is_asked(
        self, tls: TlsServer, entra: Entra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        _, answer = entra.answer("az", "")
        expires = datetime.datetime.now() + datetime.timedelta(minutes=5)
        said = {
            "accessToken": answer["access_token"],
            "expiresOn": expires.isoformat(" "),
            "tokenType": "Bearer",
        }
        program = tmp_path / "az"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(said)}\nEND\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        connect(_azure(tls, "azure-cli")).close()

    def test_token_from_the_environment(
        self, tls: TlsServer, entra: Entra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ConnectError, match="COMPLY_DB_TOKEN is not set"):
            connect(_azure(tls, "token-env"))
        monkeypatch.setenv("COMPLY_DB_TOKEN", entra.answer("", "")[1]["access_token"])
        connect(_azure(tls, "token-env")).close()

    def test_password_needs_no_entra(self, tls: TlsServer) -> None:
        dsn = _app(tls, root=tls.authority.root)
        connect(ConnectOptions(dsn=dsn, azure=True, user="app", auth="password")).close()

    def test_no_choice_is_made_without_being_told(
        self, tls: TlsServer, entra: Entra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ConnectError, match="AZURE_TOKEN_CREDENTIALS"):
            connect(_azure(tls, None))
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        connect(_azure(tls, None)).close()

    @pytest.mark.parametrize(
        ("host", "scope"),
        [
            ("x.postgres.database.usgovcloudapi.net", "ossrdbms-aad.database.usgovcloudapi.net"),
            ("x.postgres.database.chinacloudapi.cn", "ossrdbms-aad.database.chinacloudapi.cn"),
        ],
    )
    def test_other_clouds_have_scopes_of_their_own(
        self, tls: TlsServer, entra: Entra, host: str, scope: str
    ) -> None:
        with pytest.raises(ConnectError, match="does not match host name"):
            connect(_azure(tls, "managed-identity", host=host))
        assert scope in entra.asked[0]

    def test_scope_can_be_named(self, tls: TlsServer, entra: Entra) -> None:
        options = ConnectOptions(
            dsn=tls.dsn(root=tls.authority.root),
            azure=True,
            user="entra",
            auth="workload-identity",
            scope="https://elsewhere.example/.default",
        )
        connect(options).close()
        assert "elsewhere.example" in entra.asked[0]

    @pytest.mark.parametrize("mode", WEAKER)
    def test_weaker_mode_is_refused_before_a_token_is_fetched(
        self, tls: TlsServer, entra: Entra, mode: str
    ) -> None:
        with pytest.raises(ConnectError, match=f"sslmode={mode}.*verified TLS or not at all"):
            connect(_azure(tls, "managed-identity", sslmode=mode))
        assert entra.asked == []

    def test_insecure_tls_is_refused(self, tls: TlsServer, entra: Entra) -> None:
        options = ConnectOptions(dsn=tls.dsn(), azure=True, user="entra", insecure_tls=True)
        with pytest.raises(ConnectError, match="--insecure-tls"):
            connect(options)
        assert entra.asked == []

    def test_plaintext_server_gets_no_token(self, tls: TlsServer, entra: Entra) -> None:
        with _plaintext(tls), pytest.raises(ConnectError, match="does not support SSL") as caught:
            connect(_azure(tls, "managed-identity"))
        assert entra.given[0] not in _everything(caught.value)

    @pytest.mark.parametrize("dsn", ["dbname=postgres", "host=/tmp", f"host={NAME},"])
    def test_socket_is_refused(self, entra: Entra, dsn: str) -> None:
        with pytest.raises(ConnectError, match="needs the server's name"):
            connect(ConnectOptions(dsn=dsn, azure=True, user="entra", auth="managed-identity"))

    def test_pooler_port_is_refused(self, entra: Entra) -> None:
        with pytest.raises(ConnectError, match="pooler"):
            connect(ConnectOptions(dsn=f"host={NAME} port=6432", azure=True, user="entra"))

    def test_user_is_required(self, tls: TlsServer, entra: Entra) -> None:
        dsn = tls.dsn(root=tls.authority.root)
        with pytest.raises(ConnectError, match="--azure needs --user"):
            connect(ConnectOptions(dsn=dsn, azure=True, auth="managed-identity"))
        assert entra.asked == []

    def test_failing_provider_is_named(self, tls: TlsServer, entra: Entra) -> None:
        entra.broken = True
        with pytest.raises(ConnectError, match=f"token for {NAME}.*AADSTS7000215.*--auth") as caught:
            connect(_azure(tls, "workload-identity"))
        assert ASSERTION not in _everything(caught.value)

    def test_missing_variables_are_named(
        self, tls: TlsServer, entra: Entra, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AZURE_CLIENT_ID")
        with pytest.raises(ConnectError, match="environment says: .*variables"):
            connect(_azure(tls, "environment"))

    @pytest.mark.parametrize("auth", ["managed-identity", "workload-identity"])
    def test_token_is_in_no_output_log_or_error(
        self,
        tls: TlsServer,
        entra: Entra,
        auth: str,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with connect(_azure(tls, auth)) as connection:
            shown = repr(connection) + connection.info.dsn + repr(connection.info)
        # The role whose password it is does not exist, so the login fails with the token in hand.
        options = ConnectOptions(dsn=tls.dsn(root=tls.authority.root), azure=True, user="nobody", auth=auth)
        with pytest.raises(ConnectError, match="authentication failed.*exact name") as caught:
            connect(options)

        out, err = capfd.readouterr()
        everything = shown + out + err + caplog.text + _everything(caught.value) + repr(options)
        assert len(entra.given) == 2
        assert not any(token[:40] in everything or token[-40:] in everything for token in entra.given)

    def test_a_deployment_writes_its_token_nowhere(self, tls: TlsServer, entra: Entra) -> None:
        tls.execute("alter role entra createrole", "create database by_token owner entra")
        dsn = tls.dsn(root=tls.authority.root, dbname="by_token")
        azure = ["--json", "--dsn", dsn, "--azure", "--user", "entra", "--auth", "managed-identity"]
        said = ""
        for command in ("deploy", "status", "doctor", "drift"):
            done = subprocess.run([COMPLY_DB, *azure, command], capture_output=True, text=True, check=False)
            assert done.returncode in (0, 3), done.stderr
            said += done.stdout + done.stderr

        with psycopg.connect(tls.superuser.replace("dbname=postgres", "dbname=by_token")) as connection:
            connection.execute("set row_security = off")
            events = connection.execute(
                "select e::text from comply_private.schema_migration_events as e"
            ).fetchall()
        log = (tls.authority.folder / "tls/server.log").read_text()
        everything = said + log + "".join(event for (event,) in events)
        assert events
        assert len(entra.given) >= 4
        assert not any(token[:40] in everything or token[-40:] in everything for token in entra.given)


def _everything(error: BaseException) -> str:
    """Return what a program could print about an error and the errors behind it."""
    chain = traceback.TracebackException.from_exception(error)
    return "".join(chain.format()) + repr(error) + repr(error.__cause__) + repr(error.__context__)


@contextmanager
def _plaintext(tls: TlsServer) -> Iterator[None]:
    """Take TLS away from the server for a while."""
    try:
        _set_ssl(tls, "off")
        yield
    finally:
        _set_ssl(tls, "on")


def _set_ssl(tls: TlsServer, value: str) -> None:
    tls.execute(f"alter system set ssl = {value}", "select pg_reload_conf()")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with psycopg.connect(tls.superuser) as connection:
            if connection.execute("show ssl").fetchone() == (value,):
                return
        time.sleep(0.05)
    raise AssertionError(f"ssl does not become {value}")


@contextmanager
def _pooler(program: str, tls: TlsServer) -> Iterator[int]:
    """Run PgBouncer before the server; its port is another than the usual one."""
    port = _free_port()
    folder = tls.authority.folder
    (folder / "users.txt").write_text('"entra" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\npostgres = {tls.superuser}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {folder}/users.txt\n"
        "pool_mode = transaction\n"
    )
    account = embedded._account()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    process = subprocess.Popen(
        [program, "-q", folder / "pgbouncer.ini"], stderr=subprocess.DEVNULL, **identity
    )
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
