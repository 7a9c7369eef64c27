"""A Key Vault on this machine: it speaks the protocol of the real one over HTTPS, and wraps with real RSA.

The SDK insists on a host below vault.azure.net, so the fake is its HTTPS proxy: it answers CONNECT for any
host, and then as that host, by a certificate of its own authority.
"""

from __future__ import annotations

import base64
import datetime
import http.server
import json
import re
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

HOSTS = ("acme.vault.azure.net", "evil.vault.azure.net")
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
PATH = re.compile(r"/keys/([A-Za-z0-9-]+)/([0-9a-f]{32})?(?:/(wrapkey|unwrapkey))?\?api-version=.+")
CHALLENGE = (
    'Bearer authorization="https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001", '
    'resource="https://vault.azure.net"'
)


@dataclass
class Version:
    """A version of a key."""

    private: rsa.RSAPrivateKey
    enabled: bool = True


@dataclass
class Vault:
    """What the vault has, what it was asked, and how it is to behave."""

    url: str = f"https://{HOSTS[0]}"
    keys: dict[str, dict[str, Version]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    throttled: int = 0
    is_forbidden: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    def add(self, name: str) -> str:
        """Make a version of a key, the newest from now on; return its id."""
        version = secrets.token_hex(16)
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.keys.setdefault(name, {})[version] = Version(private)
        return f"{self.url}/keys/{name}/{version}"

    def version(self, kid: str) -> Version:
        """Return the version that an id names."""
        _, name, version = kid.rsplit("/", 2)
        return self.keys[name][version]

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict, dict]:
        """Return status, headers and content for a request."""
        if token not in {f"Bearer {one}" for one in self.tokens}:
            return 401, {"WWW-Authenticate": CHALLENGE}, _error("Unauthorized", "AKV10000: no token")
        if self.throttled:
            self.throttled -= 1
            return 429, {"Retry-After": "1"}, _error("Throttled", "too many requests")
        found = PATH.fullmatch(path)
        versions = self.keys.get(found[1] if found else "", {})
        if not found or not versions or (found[2] and found[2] not in versions):
            return 404, {}, _error("KeyNotFound", "a key with that name was not found")
        name = found[2] or list(versions)[-1]
        key, kid = versions[name], f"{self.url}/keys/{found[1]}/{name}"
        if self.is_forbidden or (found[3] and not key.enabled):
            why = (
                "caller is not authorized"
                if self.is_forbidden
                else "operation is not allowed on a disabled key"
            )
            return 403, {}, _error("Forbidden", why)
        if method == "GET" and not found[3]:
            return 200, {}, _bundle(kid, key)
        if method != "POST" or not found[3] or body.get("alg") != "RSA-OAEP-256":
            return 400, {}, _error("BadParameter", "not this way")
        value = _unb64(body["value"])
        if found[3] == "wrapkey":
            made = key.private.public_key().encrypt(value, OAEP)
        else:
            try:
                made = key.private.decrypt(value, OAEP)
            except ValueError:
                return 400, {}, _error("BadParameter", "decryption failed")
        return 200, {}, {"kid": kid, "value": _b64(made)}


@contextmanager
def running(folder: Path) -> Iterator[Vault]:
    """Yield a vault; its environment is what a command needs to reach it, and to get tokens for it."""
    vault = Vault()
    root, chain = _certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    class Answering(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._respond("GET")

        def do_POST(self) -> None:
            self._respond("POST")

        def _respond(self, method: str) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization", "")
            status, headers, content = vault.answer(method, self.path, token, json.loads(text or b"{}"))
            vault.asked.append((method, self.path, status))
            _send(self, status, headers, content)

        def log_message(self, *_: object) -> None:
            pass

    class Proxying(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            vault.hosts.append(self.path.partition(":")[0])
            self.send_response(200)
            self.end_headers()
            with context.wrap_socket(self.connection, server_side=True) as secure:
                Answering(secure, self.client_address, self.server)
            self.close_connection = True

        def do_GET(self) -> None:
            """Be the endpoint of a managed identity."""
            token = secrets.token_urlsafe(64)
            vault.tokens.append(token)
            expires = str(int(time.time()) + 3600)
            answer = {"access_token": token, "token_type": "Bearer", "resource": "r", "expires_on": expires}
            _send(self, 200, {}, answer)

        def log_message(self, *_: object) -> None:
            pass

    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxying)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
    vault.environment = {
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_port}",
        "NO_PROXY": "127.0.0.1,localhost",
        "REQUESTS_CA_BUNDLE": str(root),
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{proxy.server_port}/msi/token",
        "IDENTITY_HEADER": "header-secret",
    }
    try:
        yield vault
    finally:
        proxy.shutdown()
        proxy.server_close()


def _send(handler: http.server.BaseHTTPRequestHandler, status: int, headers: dict, content: dict) -> None:
    text = json.dumps(content).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)


def _bundle(kid: str, key: Version) -> dict[str, Any]:
    numbers = key.private.public_key().public_numbers()
    return {
        "key": {
            "kid": kid,
            "kty": "RSA",
            "key_ops": ["wrapKey", "unwrapKey"],
            "n": _b64(numbers.n.to_bytes(256, "big")),
            "e": _b64(numbers.e.to_bytes(3, "big")),
        },
        "attributes": {"enabled": key.enabled, "created": 1700000000, "updated": 1700000000},
    }


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _certificates(folder: Path) -> tuple[Path, Path]:
    """Return the files of an authority's certificate, and of what it issued for the hosts, with its key."""
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test vaults")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    issuer, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def build(public: Any, subject: str) -> x509.CertificateBuilder:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(names).public_key(public)
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(now - day).not_valid_after(now + day)

    authority = build(issuer.public_key(), "test vaults").add_extension(
        x509.BasicConstraints(True, None), True
    )
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    authority = authority.add_extension(usage, True)
    leaf = build(key.public_key(), HOSTS[0]).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), False
    )
    root, chain = folder / "root.pem", folder / "chain.pem"
    pem = serialization.Encoding.PEM
    root.write_bytes(authority.sign(issuer, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(leaf.sign(issuer, hashes.SHA256()).public_bytes(pem) + private)
    return root, chain
