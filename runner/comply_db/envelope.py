"""Envelopes: what comply.seal_field() makes and comply.open_field() opens, byte for byte; docs/encryption.md.

For services that seal before they send, and for whoever reads an archive without a database. A data key never
leaves this process; it is unwrapped by kek.py, and should be kept no longer than a few minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from struct import pack
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

PLAIN, PADDED = b"\x01\x01", b"\x01\x02"
SHORTEST, BLOCK, PADDED_BLOCK = 82, 16, 32
ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class CannotOpenError(Exception):
    """The field cannot be opened; whether its key, its place or its bytes are wrong is not said."""

    def __init__(self) -> None:
        super().__init__("the field cannot be opened")


def new_key() -> bytes:
    """Return a random data key."""
    return os.urandom(32)


def check_value(key: bytes) -> bytes:
    """Return the eight bytes by which the database tells a wrong key."""
    return _hmac(key, b"comply-db check")[:8]


def aad(tenant_id: str, table_name: str, column_name: str, record_id: UUID) -> bytes:
    """Return the bytes that bind an envelope to its tenant, table, column and row."""
    parts = (tenant_id, f"comply.{table_name}", column_name, str(record_id))
    return b"".join(_prefixed(part.encode()) for part in parts)


def key_id(envelope: bytes) -> UUID:
    """Return the id of the key that an envelope was sealed under. Raises CannotOpenError where it is none."""
    if not is_envelope(envelope):
        raise CannotOpenError
    return UUID(bytes=envelope[2:18])


def is_envelope(value: bytes) -> bool:
    """Say whether a value has the form of an envelope."""
    return len(value) >= SHORTEST and len(value) % BLOCK == 2 and value[:2] in (PLAIN, PADDED)


def seal(
    plaintext: str, key: bytes, named: UUID, place: bytes, *, padded: bool = False, iv: bytes | None = None
) -> bytes:
    """Return an envelope of a text under a key, for the place that aad() names. Pass no iv but in tests."""
    data = plaintext.encode()
    if b"\x00" in data:
        raise ValueError("PostgreSQL has no text with the character U+0000")
    if padded:
        data += b"\x80" + bytes(PADDED_BLOCK - 1 - len(data) % PADDED_BLOCK)
    pkcs = PKCS7(BLOCK * 8).padder()
    iv = iv or os.urandom(BLOCK)
    cipher = Cipher(algorithms.AES256(_encryption_key(key)), modes.CBC(iv)).encryptor()
    header = (PADDED if padded else PLAIN) + named.bytes
    body = header + iv + cipher.update(pkcs.update(data) + pkcs.finalize()) + cipher.finalize()
    return body + _tag(key, place, body)


def open_envelope(envelope: bytes, key: bytes, place: bytes) -> str:
    """Return the text of an envelope. Raises CannotOpenError, whatever is wrong; the tag is checked first."""
    body, tag = envelope[:-32], envelope[-32:]
    if not hmac.compare_digest(tag, _tag(key, place, body)) or not is_envelope(envelope):
        raise CannotOpenError
    cipher = Cipher(algorithms.AES256(_encryption_key(key)), modes.CBC(body[18:34])).decryptor()
    pkcs = PKCS7(BLOCK * 8).unpadder()
    try:
        data = pkcs.update(cipher.update(body[34:]) + cipher.finalize()) + pkcs.finalize()
        return (data.rstrip(b"\x00")[:-1] if body[:2] == PADDED else data).decode()
    except ValueError:
        # Only who has the key can make one that is authentic and no text.
        raise CannotOpenError from None


def wrap_subject_key(
    key: bytes, tenant_id: str, named: UUID, tenant_key: bytes, tenant_key_id: UUID
) -> bytes:
    """Return the key of a subject, sealed under that of its tenant: what comply.add_data_key() takes."""
    return seal(key.hex(), tenant_key, tenant_key_id, aad(tenant_id, "data_keys", "wrapped", named))


def unwrap_subject_key(wrapped: bytes, tenant_id: str, named: UUID, tenant_key: bytes) -> bytes:
    """Return the key of a subject. Raises CannotOpenError."""
    return bytes.fromhex(open_envelope(wrapped, tenant_key, aad(tenant_id, "data_keys", "wrapped", named)))


def subject_digest(tenant_id: str, subject_id: str) -> bytes:
    """Return the 32 bytes that stand for a subject of a tenant where it must not be named."""
    return hashlib.sha256(_prefixed(tenant_id.encode()) + _prefixed(subject_id.encode())).digest()


def normalise(value: str) -> str:
    """Return what a blind index takes for the same: NFKC, no ASCII white space around, A-Z as a-z."""
    return unicodedata.normalize("NFKC", value).strip(" \t\n\r\f\v").translate(ASCII_LOWER)


def blind_index(value: str, key: bytes, length: int = 12) -> bytes:
    """Return the fingerprint of a value, as comply.blind_index() does."""
    return _hmac(key, normalise(value).encode())[:length]


def _encryption_key(key: bytes) -> bytes:
    return _hmac(key, b"\x01enc")


def _tag(key: bytes, place: bytes, body: bytes) -> bytes:
    return _hmac(_hmac(key, b"\x02mac"), _prefixed(place) + body)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _prefixed(part: bytes) -> bytes:
    return pack(">q", len(part)) + part
