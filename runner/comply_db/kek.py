"""The keys that wrap data keys: in Azure Key Vault, or for development in a file. Never in the database.

What is wrapped is a data key and a digest of what it is for: RSA-OAEP authenticates nothing besides, so a row
that was copied to another tenant would else unwrap there. A key id that the database names is asked only if
the command line named its key: a token of Key Vault opens every vault, and goes to no host that a row chose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from comply_db.connect import AUTH, known_credentials
from comply_db.errors import Exit, RunnerError

VARIABLE = "COMPLY_DB_KEK"
KEY_BYTES = 32


class Kek(Protocol):
    """A key that wraps: `kid` names it with its version, `alg` says how it wraps."""

    kid: str
    alg: str

    def wrap(self, data: bytes) -> bytes:
        """Return bytes that only this key unwraps."""

    def unwrap(self, kid: str, wrapped: bytes) -> bytes:
        """Return what the version that kid names has wrapped. Raises RunnerError."""

    def knows(self, kid: str) -> bool:
        """Say whether kid names a version of this key."""


def open_kek(where: str, auth: str | None) -> Kek:
    """Return the key that file:PATH, or the URL of a key in Key Vault, names."""
    if where.startswith("file:"):
        return FileKek(Path(where.removeprefix("file:")))
    if where.startswith("https://"):
        return VaultKek(where, auth)
    raise RunnerError(
        Exit.USAGE,
        f"{where} names no key",
        "Write https://VAULT.vault.azure.net/keys/NAME, or for development file:PATH.",
    )


def wrap_key(kek: Kek, key: bytes, tenant: str, purpose: str, named: UUID) -> bytes:
    """Return a data key wrapped, together with what it is for."""
    return kek.wrap(key + _binding(tenant, purpose, named))


def unwrap_key(keks: list[Kek], kid: str, wrapped: bytes, tenant: str, purpose: str, named: UUID) -> bytes:
    """Return a data key. Raises RunnerError where it was wrapped for something else, or by another key."""
    kek = next((kek for kek in keks if kek.knows(kid)), None)
    if kek is None:
        raise RunnerError(
            Exit.USAGE,
            f"key {named} is wrapped by {kid}, which was not named",
            f"Name it by --kek, or in {VARIABLE}: a token goes to no vault that only the database names.",
        )
    data = kek.unwrap(kid, wrapped)
    if len(data) != 2 * KEY_BYTES or not hmac.compare_digest(
        data[KEY_BYTES:], _binding(tenant, purpose, named)
    ):
        raise RunnerError(
            Exit.TAMPERED,
            f"what is stored as key {named} of tenant {tenant} was wrapped as another key",
            "Somebody wrote to comply_private.data_keys: see comply.admin_events(), and restore the row.",
        )
    return data[:KEY_BYTES]


def _binding(tenant: str, purpose: str, named: UUID) -> bytes:
    parts = (tenant.encode(), purpose.encode(), named.bytes)
    return hashlib.sha256(b"".join(pack(">q", len(part)) + part for part in parts)).digest()


class FileKek:
    """32 random bytes in base64, in a file of the owner's alone. For development: whoever has it has all."""

    alg = "A256KW"

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno())
                text = file.read(1024)
        except OSError as error:
            raise RunnerError(
                Exit.USAGE,
                f"{path}: {error.strerror}",
                f"Make one: (umask 077; openssl rand -base64 32 > {path})",
            ) from error
        if stat.S_IMODE(mode.st_mode) & 0o077 or mode.st_uid not in (os.geteuid(), 0):
            raise RunnerError(Exit.USAGE, f"{path} is not its owner's alone", f"Say chmod 600 {path}.")
        try:
            self._key = base64.b64decode(text, validate=False)
        except ValueError:
            self._key = b""
        if len(self._key) != KEY_BYTES:
            raise RunnerError(
                Exit.USAGE,
                f"{path} has no key of {KEY_BYTES} bytes in base64",
                f"Make one: (umask 077; openssl rand -base64 32 > {path})",
            )
        self.kid = "file:" + hashlib.sha256(b"comply-db kek" + self._key).hexdigest()[:16]

    def wrap(self, data: bytes) -> bytes:
        """Return the AES key wrap of RFC 3394."""
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        return aes_key_wrap(self._key, data)

    def unwrap(self, kid: str, wrapped: bytes) -> bytes:
        """Return what the file's key has wrapped. Raises RunnerError."""
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        try:
            return aes_key_unwrap(self._key, wrapped)
        except InvalidUnwrap:
            raise RunnerError(Exit.TAMPERED, f"{kid} did not wrap what is stored as wrapped by it") from None

    def knows(self, kid: str) -> bool:
        """Say whether kid names this file's key."""
        return kid == self.kid


class VaultKek:
    """A key of Azure Key Vault: RSA-OAEP-256. The private half never leaves the vault."""

    alg = "RSA-OAEP-256"

    def __init__(self, url: str, auth: str | None) -> None:
        parts = urlsplit(url)
        names = parts.path.strip("/").split("/")
        if len(names) not in (2, 3) or names[0] != "keys" or not all(names) or parts.query or parts.username:
            raise RunnerError(
                Exit.USAGE,
                f"{url} is no key of a vault",
                "Write https://VAULT.vault.azure.net/keys/NAME, or with /VERSION behind it.",
            )
        try:
            from azure.keyvault.keys import KeyClient
        except ImportError:
            raise RunnerError(
                Exit.USAGE,
                "azure-keyvault-keys is not installed",
                "Run pip install 'comply-db[azure-keyvault]'.",
            ) from None
        self._credential = _credential(auth)
        self._family = f"https://{parts.netloc}/keys/{names[1]}/"
        with _told(url):
            client = KeyClient(f"https://{parts.netloc}", self._credential)
            self._key: Any = client.get_key(names[1], names[2] if len(names) == 3 else None)
        self.kid = self._key.id

    def wrap(self, data: bytes) -> bytes:
        """Return what the vault wraps by the version at hand."""
        return self._call(self.kid, "wrap_key", data)

    def unwrap(self, kid: str, wrapped: bytes) -> bytes:
        """Return what the vault unwraps by the version that kid names. Raises RunnerError."""
        return self._call(kid, "unwrap_key", wrapped)

    def knows(self, kid: str) -> bool:
        """Say whether kid names a version of this key."""
        return kid.startswith(self._family)

    def _call(self, kid: str, operation: str, data: bytes) -> bytes:
        from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm

        with _told(kid), CryptographyClient(kid, self._credential) as client:
            done = getattr(client, operation)(KeyWrapAlgorithm.rsa_oaep_256, data)
        return done.encrypted_key if operation == "wrap_key" else done.key


def _credential(auth: str | None) -> Any:
    try:
        known = known_credentials()
    except ImportError:
        raise RunnerError(
            Exit.USAGE, "azure-identity is not installed", "Run pip install 'comply-db[azure-keyvault]'."
        ) from None
    if auth not in known:
        ways = ", ".join(way for way in AUTH if way in known)
        raise RunnerError(Exit.USAGE, f"--auth {auth} cannot use Key Vault", f"Choose one of {ways}.")
    return known[auth]()


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what a vault says into a reason to stop; never with what was sent."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("azure."):
            raise
        said = str(error).strip().splitlines()
        status = getattr(error, "status_code", None)
        hint = {
            401: "Check --auth, and which tenant of Entra the vault is in.",
            403: "Give the identity the role Key Vault Crypto User, and see that the version is enabled.",
            404: "Check the name of the key: a version that was purged took its data keys with it.",
            429: "The vault is throttled: run it again later, it goes on where it was.",
        }.get(status or 0)
        raise RunnerError(
            Exit.CONNECT, f"{where}: {said[0] if said else type(error).__name__}", hint
        ) from error
