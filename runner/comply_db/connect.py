"""Connections: where to, as whom, how far the wire is trusted, and how a lost peer is noticed.

A host that is not this machine gets TLS with a verified name unless the caller says --insecure-tls; a weaker
sslmode in the connection string or in PGSSLMODE is refused, never obeyed in silence. With --azure there is no
way around it: an Entra token is a password to whoever reads it. The token goes to libpq and nowhere else.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import certifi
import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from comply_db import __version__
from comply_db.errors import Exit, RunnerError

AZURE_SCOPE = "https://ossrdbms-aad.database.windows.net/.default"
AZURE_SCOPES = {  # by the end of the server's name
    ".usgovcloudapi.net": "https://ossrdbms-aad.database.usgovcloudapi.net/.default",
    ".chinacloudapi.cn": "https://ossrdbms-aad.database.chinacloudapi.cn/.default",
}
AUTH = ("azure-cli", "workload-identity", "managed-identity", "environment", "token-env", "password")
TOKEN_VARIABLE = "COMPLY_DB_TOKEN"  # noqa: S105 a name, no token
POOLER_PORT = "6432"
# How a dead peer is noticed within a minute or so, as seconds, and milliseconds for tcp_user_timeout.
LIVENESS = {
    "connect_timeout": "15",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
POOLED = "a connection pooler answers, and it keeps neither session locks nor settings"
NEXT_ACTION = (
    (POOLED, "Connect to PostgreSQL itself: on Azure that is port 5432."),
    (
        "does not match host name",
        "Connect by the name in the server's certificate: host=NAME hostaddr=ADDRESS.",
    ),
    ("certificate verify failed", "Name the CA that signed the server's certificate: sslrootcert=FILE."),
    ("server does not support SSL", "Turn TLS on at the server; without it nothing is sent."),
    ("root certificate file", "Name a file of CA certificates that can be read: sslrootcert=FILE."),
    (
        "session is read-only",
        "The server takes no writes: a replica, a full disk, default_transaction_read_only?",
    ),
    ("recovery", "The server is a replica or restarts: connect to the primary, or try again."),
    (
        "authentication failed",
        "Check the user, and the password or token. On Azure --user is the role's exact name.",
    ),
    ("no password supplied", "Give a password by PGPASSWORD or ~/.pgpass, or log in with --azure."),
    ("no pg_hba.conf entry", "Let this address and user in: firewall rules on Azure, pg_hba.conf elsewhere."),
    ("does not exist", "Check the names of user and database."),
    ("resolve host", "Check the host's name; a private one is known only inside its network."),
    ("timeout", "Check firewall and route: nothing answered."),
    ("refused", "Check that the server runs and listens there."),
)


class ConnectError(RunnerError):
    """No connection; the message names the host, the reason and what to do, and no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(Exit.CONNECT, message)


@dataclass(frozen=True)
class ConnectOptions:
    """What the command line says about the connection; libpq's environment variables fill in the rest.

    `auth` is one of AUTH, or None for what AZURE_TOKEN_CREDENTIALS names. It and `scope` count with `azure`.
    """

    dsn: str | None = field(default=None, repr=False)
    azure: bool = False
    user: str | None = None
    auth: str | None = None
    scope: str | None = None
    insecure_tls: bool = False


def connect(
    options: ConnectOptions, application_name: str = f"comply-db/{__version__}"
) -> psycopg.Connection:
    """Open a connection in autocommit, with a fresh token where --azure asks for one. Raises ConnectError."""
    given = _given(options)
    where = _where(given)
    tls = _tls(options, given, where)
    parameters = LIVENESS | {"target_session_attrs": "read-write"} | given | tls
    parameters["application_name"] = application_name
    if options.azure and options.auth != "password":
        parameters["password"] = _token(options, given, where)

    # Raised outside of the handler: psycopg's own error holds the connection, and that holds the password.
    try:
        connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=None)
    except psycopg.Error as e:
        reason = _redacted(str(e), parameters)
    else:
        reason = _refusal(connection, encrypted="sslrootcert" in tls)
        if reason is None:
            return connection
        connection.close()
    raise ConnectError(_explained(where, reason))


def _given(options: ConnectOptions) -> dict[str, str]:
    """Return what the caller chose: by --user, the connection string, or the environment, in this order."""
    chosen = {
        o.keyword.decode(): o.val.decode()
        for o in pq.Conninfo.get_defaults()
        if o.val is not None and o.val != o.compiled and o.keyword != b"user"
    }
    if "PGUSER" in os.environ:
        chosen["user"] = os.environ["PGUSER"]

    try:
        in_dsn = {k: str(v) for k, v in conninfo_to_dict(options.dsn or "").items()}
    except psycopg.Error:
        in_dsn = None
    if in_dsn is None:
        # libpq's own words may repeat a part of it, such as the password.
        raise ConnectError(
            "cannot read the connection string. Write 'host=... dbname=... user=...', with quotes around "
            "blanks, or postgresql://user@host/database, with %-escapes."
        )
    if "service" in in_dsn:
        raise ConnectError("cannot judge a service in a connection string. Name it in PGSERVICE instead.")
    return chosen | in_dsn | ({"user": options.user} if options.user else {})


def _tls(options: ConnectOptions, given: dict[str, str], where: str) -> dict[str, str]:
    """Return the TLS settings, always with an sslmode. Raises ConnectError where weaker ones are wanted."""
    asked = given.get("sslmode")
    if options.azure:
        if any(_is_socket(name) for name in _names(given)):
            raise ConnectError(
                "--azure needs the server's name: host=NAME.postgres.database.azure.com in --dsn."
            )
        if POOLER_PORT in given.get("port", "").split(","):
            raise ConnectError(_explained(where, POOLED))
        if asked not in (None, "verify-full") or options.insecure_tls:
            weaker = f"sslmode={asked}" if asked else "--insecure-tls"
            raise ConnectError(
                f"--azure does not connect to {where} with {weaker}: a token goes over verified TLS or not "
                "at all. Leave that away; sslrootcert=FILE names another CA."
            )
    elif all(_is_socket(name) or _is_loopback(name) for name in _names(given)):
        return {"sslmode": asked or "prefer"}
    elif asked not in (None, "verify-full") and not options.insecure_tls:
        raise ConnectError(
            f"sslmode={asked} does not verify that it is {where} that answers. Leave sslmode away, or say "
            "--insecure-tls if this wire needs no protection."
        )

    mode = asked or ("require" if options.insecure_tls else "verify-full")
    if not mode.startswith("verify-"):
        return {"sslmode": mode}
    # Encryption by Kerberos would come before TLS, and the server's name would not be verified.
    root = given.get("sslrootcert") or certifi.where()
    return {"sslmode": mode, "sslrootcert": root, "gssencmode": "disable"}


def _token(options: ConnectOptions, given: dict[str, str], where: str) -> str:
    """Return an access token of Entra for Azure's PostgreSQL, fetched now."""
    if "user" not in given:
        raise ConnectError(
            "--azure needs --user: the exact name of the database role; where a group logs in, the group's."
        )
    host = given.get("host", "")
    known = next((scope for end, scope in AZURE_SCOPES.items() if host.endswith(end)), AZURE_SCOPE)

    if options.auth == "token-env":
        token = os.environ.get(TOKEN_VARIABLE, "")
        reason = f"{TOKEN_VARIABLE} is not set. Put a fresh access token there"
    else:
        token, reason = _fetch_token(options.auth, options.scope or known)
    if not token:
        raise ConnectError(f"cannot get a token for {where}: {reason}.")
    return token


def known_credentials() -> dict[str | None, Callable[[], Any]]:
    """Return what makes a credential of Entra, by --auth; None: as the environment says."""
    # Takes a quarter of a second, so only those wait who need it.
    from azure import identity

    # None stands for the system-assigned identity.
    client_id = os.environ.get("AZURE_CLIENT_ID")
    return {
        "azure-cli": identity.AzureCliCredential,
        "workload-identity": identity.WorkloadIdentityCredential,
        "managed-identity": partial(identity.ManagedIdentityCredential, client_id=client_id),
        "environment": identity.EnvironmentCredential,
        None: partial(identity.DefaultAzureCredential, require_envvar=True),
    }


def _fetch_token(auth: str | None, scope: str) -> tuple[str, str]:
    """Return a token, or "" and the reason. Each time by a new credential, so no cache answers."""
    try:
        credentials = known_credentials()
    except ImportError:
        return "", "azure-identity is not installed. Run pip install 'comply-db[azure]'"
    if auth not in credentials:
        return "", f"--auth {auth} is unknown. Choose one of {', '.join(AUTH)}"
    try:
        with credentials[auth]() as credential:
            return credential.get_token(scope).token, ""
    except Exception as e:
        # Each credential fails in its own way, and each way means that there is no token.
        said = " ".join(_redacted(str(e), {"secret": os.environ.get("AZURE_CLIENT_SECRET", "")}).split())
        choice = auth or "the credential of AZURE_TOKEN_CREDENTIALS"
        return "", f"{choice} says: {said.rstrip('.')}. Try another --auth, one of {', '.join(AUTH)}"


def _refusal(connection: psycopg.Connection, *, encrypted: bool) -> str | None:
    """Return why an open connection must not be used, or None."""
    if encrypted and not connection.pgconn.ssl_in_use:
        return "the connection is not encrypted, although verified TLS was asked for"
    # A pooler makes up the process id that it tells its clients.
    try:
        told = connection.execute("select pg_backend_pid()").fetchone()[0]
    except psycopg.Error as e:
        return str(e)
    return None if told == connection.pgconn.backend_pid else POOLED


def _names(given: dict[str, str]) -> list[str]:
    """Return every host and every address that libpq may connect to; "" is the default socket."""
    hosts = given.get("host", "").split(",")
    addresses = given.get("hostaddr", "").split(",")
    return [*hosts, *filter(None, addresses)] if any(hosts) or not any(addresses) else addresses


def _is_socket(name: str) -> bool:
    return name == "" or name.startswith(("/", "@"))


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _where(given: dict[str, str]) -> str:
    host = given.get("host") or given.get("hostaddr") or "the local socket"
    return f"{host} port {given.get('port', '5432')}"


def _explained(where: str, reason: str) -> str:
    reason = " ".join(reason.split()).rstrip(".")
    action = next((action for sign, action in NEXT_ACTION if sign in reason), "")
    return f"cannot connect to {where}: {reason}. {action}".rstrip()


def _redacted(text: str, parameters: dict[str, str]) -> str:
    for key in ("password", "sslpassword", "secret", "oauth_client_secret", "scram_client_key"):
        if parameters.get(key):
            text = text.replace(parameters[key], "***")
    return text
