"""Envelopes: SQL and Python make and open the same bytes, and open nothing that was touched or moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from comply_db import envelope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

VECTORS = json.loads(Path(__file__).with_name("envelope_vectors.json").read_text(encoding="utf-8"))
KEY, KEY_ID = bytes.fromhex(VECTORS["key"]), UUID(VECTORS["key_id"])
OTHER_KEY, OTHER_ID = bytes(32), UUID(int=1)
TENANTS = sorted({v["tenant_id"] for v in VECTORS["envelopes"]})
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PLACE = ("acme", "storage_records", "confidential", UUID(int=10))

SEAL = "select comply.seal_field(%s, %s, %s, %s, padded => %s)"
OPEN = "select comply.open_field(%s, %s, %s, %s)"
SEAL_MANY = "select (comply.seal_fields(array[%s::text], %s, %s, array[%s::uuid], padded => %s))[1]"
OPEN_MANY = "select (comply.open_fields(array[%s::bytea], %s, %s, array[%s::uuid]))[1]"

either = pytest.mark.parametrize("sql", [(SEAL, OPEN), (SEAL_MANY, OPEN_MANY)], ids=["one", "many"])


def each(kind: str) -> Any:
    """Return the vectors of a kind as parameters, by their names."""
    return pytest.mark.parametrize("vector", [pytest.param(v, id=v.get("name")) for v in VECTORS[kind]])


@pytest.fixture(scope="module", params=["public", "crypto"])
def sealing(request: Any, make_database: Callable[..., Any], template: Any) -> Any:
    """A database with pgcrypto in one schema or another, where each tenant has the key of the vectors."""
    database = make_database(template)
    with database.connect(None) as admin:
        if request.param != "public":
            admin.execute(f"create schema {request.param}")
            admin.execute(f"grant usage on schema {request.param} to comply_owner")
        admin.execute(f"create extension pgcrypto schema {request.param}")
        for tenant in TENANTS:
            admin.execute("select comply.add_tenant(%s)", [tenant])
            for named, key in ((OTHER_ID, OTHER_KEY), (KEY_ID, KEY)):
                admin.execute(
                    "select comply.add_data_key(%s, %s, %s, 'A256KW', 'file:test', %s)",
                    [tenant, named, bytes(72), envelope.check_value(key)],
                )
    return database


@contextmanager
def opened(database: Any, tenant: str, keys: dict[UUID, bytes] | None = None) -> Iterator[psycopg.Connection]:
    """Yield a connection in a transaction of a tenant in which keys are open."""
    keys = {KEY_ID: KEY} if keys is None else keys
    with database.connect(None) as conn, conn.transaction():
        conn.execute("select comply.enter(%s)", [tenant])
        if keys:
            conn.execute(
                "select comply.open_keys(%s::uuid[], %s::bytea[])", [list(keys), list(keys.values())]
            )
        yield conn


def refusal(conn: psycopg.Connection, query: str, parameters: list[Any]) -> tuple[str, str, str | None]:
    """Return the SQLSTATE, the message and the hint with which a query is refused."""
    with pytest.raises(psycopg.Error) as raised, conn.transaction():
        conn.execute(query, parameters)
    return raised.value.sqlstate, raised.value.diag.message_primary, raised.value.diag.message_hint


@each("envelopes")
def test_python_makes_and_opens_the_vectors(vector: dict[str, Any]) -> None:
    place = envelope.aad(
        vector["tenant_id"], vector["table_name"], vector["column_name"], UUID(vector["record_id"])
    )
    assert place.hex() == vector["aad"]
    made = envelope.seal(
        vector["plaintext"], KEY, KEY_ID, place, padded=vector["padded"], iv=bytes.fromhex(VECTORS["iv"])
    )
    assert made.hex() == vector["envelope"]
    assert envelope.key_id(made) == KEY_ID
    assert envelope.open_envelope(made, KEY, place) == vector["plaintext"]


@each("envelopes")
def test_sql_opens_the_vectors(sealing: Any, vector: dict[str, Any]) -> None:
    where = [vector["table_name"], vector["column_name"], UUID(vector["record_id"])]
    sealed = bytes.fromhex(vector["envelope"])
    with opened(sealing, vector["tenant_id"]) as conn:
        assert conn.execute(OPEN, [sealed, *where]).fetchone()[0] == vector["plaintext"]
        aad = conn.execute("select comply_private.field_aad(%s, %s, %s, %s)", [vector["tenant_id"], *where])
        assert aad.fetchone()[0].hex() == vector["aad"]
        named = conn.execute(
            "select comply.is_envelope(%s), comply_private.envelope_key_ids(%s)", [sealed] * 2
        )
        assert named.fetchone() == (True, KEY_ID)


@each("subject_digests")
def test_subjects_have_the_digests_of_the_vectors(sealing: Any, vector: dict[str, Any]) -> None:
    pair = [vector["tenant_id"], vector["subject_id"]]
    assert envelope.subject_digest(*pair).hex() == vector["digest"]
    assert sealing.value("select comply_private.subject_digest(%s, %s)", *pair).hex() == vector["digest"]


@each("blind_indexes")
def test_fingerprints_are_those_of_the_vectors(sealing: Any, vector: dict[str, Any]) -> None:
    assert envelope.normalise(vector["value"]) == vector["normalised"]
    made = envelope.blind_index(vector["value"], KEY, vector["bytes"])
    assert made.hex() == vector["fingerprint"]
    with sealing.connect(None) as conn, conn.transaction(force_rollback=True):
        conn.execute(
            "insert into comply.blind_indexes values ('storage_records', 'bidx', 'confidential', %s)",
            [vector["bytes"]],
        )
        named = UUID(int=7)
        conn.execute(
            "select comply.add_data_key('acme', %s, %s, 'A256KW', 'file:test', %s,"
            " table_name => 'storage_records', column_name => 'bidx')",
            [named, bytes(72), envelope.check_value(KEY)],
        )
        conn.execute("select comply.open_keys(%s::uuid[], %s::bytea[], 'acme')", [[named], [KEY]])
        row = conn.execute("select comply.blind_index(%s, 'storage_records', 'bidx')", [vector["value"]])
        assert row.fetchone()[0] == made


def test_a_key_is_told_by_its_check_value() -> None:
    assert envelope.check_value(KEY).hex() == VECTORS["check_value"]


@either
@SOME
@given(plaintext=TEXTS, padded=st.booleans(), named=st.uuids())
def test_what_sql_seals_python_opens_and_the_reverse(
    sealing: Any, sql: Any, plaintext: str, padded: bool, named: UUID
) -> None:
    place = envelope.aad("acme", "storage_records", "confidential", named)
    where = ["storage_records", "confidential", named]
    with opened(sealing, "acme") as conn:
        sealed = conn.execute(sql[0], [plaintext, *where, padded]).fetchone()[0]
        assert envelope.open_envelope(sealed, KEY, place) == plaintext
        made = envelope.seal(plaintext, KEY, KEY_ID, place, padded=padded)
        assert len(made) == len(sealed)
        assert made != sealed
        assert conn.execute(sql[1], [made, *where]).fetchone()[0] == plaintext
        if padded:
            size = len(plaintext.encode())
            assert len(made) == 66 + (size // 32 + 1) * 32 + 16


@either
def test_a_flip_of_any_bit_is_refused_by_both_and_by_sql_with_one_error(sealing: Any, sql: Any) -> None:
    tenant, *where = PLACE
    place = envelope.aad(*PLACE)
    sealed = envelope.seal("a secret", KEY, KEY_ID, place)
    flipped = []
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        flipped.append(bytes(changed))
        with pytest.raises(envelope.CannotOpenError):
            envelope.open_envelope(flipped[-1], KEY, place)
    with opened(sealing, tenant, {KEY_ID: KEY, OTHER_ID: OTHER_KEY}) as conn:
        assert conn.execute(sql[1], [sealed, *where]).fetchone()[0] == "a secret"
        told = {refusal(conn, sql[1], [one, *where]) for one in flipped}
    assert len(told) == 1
    assert next(iter(told))[0] == "PC324"


@either
def test_so_is_one_cut_short_or_made_longer(sealing: Any, sql: Any) -> None:
    tenant, *where = PLACE
    place = envelope.aad(*PLACE)
    sealed = envelope.seal("a secret", KEY, KEY_ID, place)
    others = [sealed[:n] for n in range(len(sealed))] + [sealed[n:] for n in range(1, len(sealed))]
    others += [sealed + bytes(n) for n in (1, 16, 32)] + [sealed[:34] + sealed[50:], b"\x00" * 82]
    with opened(sealing, tenant) as conn:
        for one in others:
            with pytest.raises(envelope.CannotOpenError):
                envelope.open_envelope(one, KEY, place)
            assert refusal(conn, sql[1], [one, *where])[0] == "PC324"


@either
def test_so_is_one_that_was_moved(sealing: Any, sql: Any) -> None:
    tenant, *where = PLACE
    sealed = envelope.seal("a secret", KEY, KEY_ID, envelope.aad(*PLACE))
    moved = [
        ("globex_2", *where),
        (tenant, "detector_executions", *where[1:]),
        (tenant, where[0], "metadata", where[2]),
        (tenant, *where[:2], UUID(int=11)),
        # What stands on one side of a border moved to the other.
        (tenant, "storage_recordsc", "onfidential", where[2]),
    ]
    for one in moved:
        with pytest.raises(envelope.CannotOpenError):
            envelope.open_envelope(sealed, KEY, envelope.aad(*one))
        with opened(sealing, one[0]) as conn:
            assert refusal(conn, sql[1], [sealed, *one[1:]])[0] == "PC324"


@either
def test_so_is_a_wrong_key_or_none_with_the_same_words(sealing: Any, sql: Any) -> None:
    tenant, *where = PLACE
    place = envelope.aad(*PLACE)
    sealed = envelope.seal("a secret", KEY, KEY_ID, place)
    wrong = envelope.seal("a secret", OTHER_KEY, KEY_ID, place)
    with pytest.raises(envelope.CannotOpenError):
        envelope.open_envelope(sealed, OTHER_KEY, place)
    with opened(sealing, tenant) as conn:
        told = {refusal(conn, sql[1], [wrong, *where])}
    with opened(sealing, tenant, {}) as conn:
        told |= {refusal(conn, sql[1], [sealed, *where])}
    with opened(sealing, tenant, {OTHER_ID: OTHER_KEY}) as conn:
        told |= {refusal(conn, sql[1], [sealed, *where])}
    assert len(told) == 1


@either
def test_nothing_stays_nothing_and_no_place_is_refused(sealing: Any, sql: Any) -> None:
    with opened(sealing, "acme") as conn:
        assert conn.execute(sql[0], [None, *PLACE[1:], False]).fetchone()[0] is None
        assert conn.execute(sql[1], [None, *PLACE[1:]]).fetchone()[0] is None
        assert refusal(conn, sql[0], ["x", *PLACE[1:3], None, False])[0] == "PC323"
        assert refusal(conn, sql[1], [bytes(82), *PLACE[1:3], None])[0] == "PC324"
    with pytest.raises(ValueError):
        envelope.seal("a\x00b", KEY, KEY_ID, b"")


def test_without_pgcrypto_it_deploys_and_says_how_to_get_it(installed: Any) -> None:
    installed.run("select comply.add_tenant('acme')")
    with installed.connect(None) as conn:
        conn.execute("begin; select comply.enter('acme')")
        code, _, hint = refusal(conn, "select comply.open_keys(%s::uuid[], %s::bytea[])", [[KEY_ID], [KEY]])
    assert (code, "create extension pgcrypto" in hint) == ("PC320", True)
    installed.run("create schema apart; create extension pgcrypto schema apart")
    with installed.connect(None) as conn:
        conn.execute("begin; select comply.enter('acme')")
        code, _, hint = refusal(conn, "select comply.open_keys(%s::uuid[], %s::bytea[])", [[KEY_ID], [KEY]])
    assert (code, "grant usage on schema apart" in hint) == ("PC320", True)
