"""The canonical form: fixed vectors, which SQL and Python agree with, whatever a session has set.

ledger_vectors.json is a contract with whoever implements docs/ledger.md. Its roots are those that the tests
of Certificate Transparency have for the same data.
"""

import json
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from comply_db import proof
from conftest import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

VECTORS = json.loads(Path(__file__).with_name("ledger_vectors.json").read_text(encoding="utf-8"))

# From the form of proofs back to a row of the trail.
AS_ROW = """
jsonb_populate_record(
  null::comply.audit_trail,
  d.document
    || jsonb_build_object(
      'old_values', (d.document ->> 'old_values')::jsonb,
      'new_values', (d.document ->> 'new_values')::jsonb,
      'redacted_digest', chr(92) || 'x' || encode(decode(d.document ->> 'redacted_digest', 'base64'), 'hex')))
"""
IN_HEX = """
(
  select jsonb_object_agg(
    e.key,
    case
      when e.key in ('root', 'history_root', 'heads_root', 'fingerprint')
        then to_jsonb(chr(92) || 'x' || encode(decode(e.value #>> '{}', 'base64'), 'hex'))
      else e.value
    end)
  from jsonb_each(d.document) as e
)
"""
HOSTILE = [
    "set timezone = 'Asia/Kathmandu'",
    "set datestyle = 'German, DMY'",
    "set datestyle = 'Postgres, MDY'",
    "set intervalstyle = sql_standard",
    "set extra_float_digits = -15",
    "set bytea_output = escape",
    "set client_encoding = latin1",
    "set client_encoding = sql_ascii",
    "set standard_conforming_strings = off",
    "set quote_all_identifiers = on",
    "set search_path = pg_temp, public",
    "set comply.now = '2001-01-01'",
    "set xmlbinary = hex",
    "set lc_messages = 'C'",
    "set lc_monetary = 'C'",
    "set lc_numeric = 'C'",
    "set lc_time = 'C'",
]


@pytest.fixture(scope="module")
def conn(make_database: Callable[..., Database], template: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection that has the vectors in a table."""
    with make_database(template).connect(None) as conn:
        conn.execute("create temp table vector (n integer, kind text, document jsonb)")
        documents = [("row", each["row"]) for each in VECTORS["rows"]]
        documents += [
            ("block", VECTORS["block"]["header"]),
            ("head", VECTORS["head"]["head"]),
            ("checkpoint", VECTORS["checkpoint"]["checkpoint"]),
        ]
        for n, (kind, document) in enumerate(documents):
            conn.execute("insert into vector values (%s, %s, %s)", [n, kind, json.dumps(document)])
        yield conn


def sql_hashes(conn: psycopg.Connection[Any]) -> list[str]:
    """Return what SQL makes of the vectors, in their order."""
    rows = conn.execute(
        f"""
        select encode(
          case d.kind
            when 'row' then comply_private.audit_trail_leaf({AS_ROW})
            when 'block'
              then comply_private.block_leaf(jsonb_populate_record(null::comply.ledger_blocks, {IN_HEX}))
            when 'head' then comply_private.head_leaf(
              d.document ->> 'tenant_id', d.document ->> 'stream', (d.document ->> 'size')::bigint,
              decode(d.document ->> 'root', 'base64'))
            else comply_private.checkpoint_digest(
              jsonb_populate_record(null::comply.ledger_checkpoints, {IN_HEX}))
          end,
          'hex')
        from pg_temp.vector as d
        order by d.n
        """
    ).fetchall()
    return [row[0] if isinstance(row[0], str) else row[0].decode() for row in rows]


def expected_hashes() -> list[str]:
    """Return what the file has."""
    return [
        *(each["leaf"] for each in VECTORS["rows"]),
        VECTORS["block"]["leaf"],
        VECTORS["head"]["leaf"],
        VECTORS["checkpoint"]["digest"],
    ]


def python_leaf(row: dict[str, Any]) -> str:
    """Return what the verifier makes of a row."""
    redacted = "redacted_digest" in row
    values = proof.fields(row, proof.ROW + ("redacted_digest:bytes" if redacted else proof.IMAGES), "row")
    payload = values[13] if redacted else (17, proof.hashed(b"\5", values[13:]))
    return proof.hashed(b"\0\1", [proof.VERSION, *values[:13], payload]).hex()


def python_hashes() -> list[str]:
    """Return what the verifier makes of the vectors."""
    header = proof.fields(VECTORS["block"]["header"], proof.BLOCK, "block")
    layout = "tenant_id:text stream:text size:int8 root:bytes"
    head = proof.fields(VECTORS["head"]["head"], layout, "head")
    layout = proof.CHECKPOINT.removesuffix(" digest:text")
    checkpoint = proof.fields(VECTORS["checkpoint"]["checkpoint"], layout, "checkpoint")
    return [
        *(python_leaf(each["row"]) for each in VECTORS["rows"]),
        *(
            proof.hashed(tag, [proof.VERSION, *values]).hex()
            for tag, values in ((b"\0\2", header), (b"\0\3", head), (b"\0\4", checkpoint))
        ),
    ]


def test_sql_agrees_with_the_vectors(conn: psycopg.Connection[Any]) -> None:
    """Under the settings of a fresh session."""
    assert sql_hashes(conn) == expected_hashes()


def test_python_agrees_with_the_vectors() -> None:
    """The verifier's own functions."""
    assert python_hashes() == expected_hashes()


@pytest.mark.parametrize("setting", HOSTILE)
def test_no_setting_changes_a_byte(conn: psycopg.Connection[Any], setting: str) -> None:
    """What a session may set, a login may set for good."""
    with conn.transaction(force_rollback=True):
        conn.execute(setting)
        assert sql_hashes(conn) == expected_hashes()


def test_no_locale_changes_a_byte(conn: psycopg.Connection[Any]) -> None:
    """Every locale that the machine has, for money, numbers and times at once."""
    names = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()
    assert names
    for name in names:
        with conn.transaction(force_rollback=True):
            for setting in ("lc_monetary", "lc_numeric", "lc_time"):
                conn.execute("select set_config(%s, %s, true)", [setting, name])
            assert sql_hashes(conn) == expected_hashes()


def test_a_proof_has_the_row_as_the_vectors_have_it(conn: psycopg.Connection[Any]) -> None:
    """Whatever is set, the document says what was hashed, no more and no less."""
    for setting in ["select 1", *HOSTILE]:
        if "client_encoding" in setting:  # in which the document could not be sent
            continue
        with conn.transaction(force_rollback=True):
            conn.execute(setting)
            rows = conn.execute(
                f"select comply_private.audit_trail_document({AS_ROW})::text from pg_temp.vector as d"
                " where d.kind = 'row' order by d.n"
            ).fetchall()
        assert [json.loads(text) for (text,) in rows] == [each["row"] for each in VECTORS["rows"]]


def test_roots_of_small_trees(conn: psycopg.Connection[Any]) -> None:
    """Of no leaf to eight, in SQL in both ways, and in Python."""
    leaves = [sha256(b"\0" + bytes.fromhex(data)).digest() for data in VECTORS["trees"]["data"]]
    assert [leaf.hex() for leaf in leaves] == VECTORS["trees"]["leaves"]
    peaks = b""
    for size, root in enumerate(VECTORS["trees"]["roots"]):
        found = conn.execute(
            "select encode(comply_private.merkle_root(%s), 'hex'),"
            " encode(comply_private.peaks_root(%s), 'hex')",
            [b"".join(leaves[:size]), peaks],
        ).fetchone()
        assert found == (root, root)
        for index in range(size):
            path = conn.execute(
                "select comply_private.merkle_path(%s, %s)", [b"".join(leaves[:size]), index]
            ).fetchone()[0]
            assert proof.climb(leaves[index], index, size, path, "")[0].hex() == root
        if size < len(leaves):
            grow = (
                "select comply_private.grown_peaks(p.peaks, comply_private.new_nodes(p.peaks, %s, %s))"
                " from (select %s::bytea as peaks) as p"
            )
            peaks = conn.execute(grow, [size, leaves[size], peaks]).fetchone()[0]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
IMAGES = st.dictionaries(
    TEXTS,
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
        st.lists(st.integers(), max_size=3),
    ),
    max_size=4,
)
ROWS = st.fixed_dictionaries(
    {
        "tenant_id": TEXTS,
        "id": st.uuids().map(str),
        "timestamp": TIMES.map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"),
        "table_name": TEXTS,
        "record_id": st.uuids().map(str),
        "operation": TEXTS,
        "user_id": TEXTS,
        "active_role": st.none() | TEXTS,
        "actor": st.none() | TEXTS,
        "correlation_id": st.none() | st.uuids().map(str),
        "ip_address": st.none() | st.ip_addresses().map(str),
        "user_agent": st.none() | TEXTS,
        "transaction_id": st.integers(0, 2**64 - 1).map(str),
        "salt": st.uuids().map(str),
        "old_values": st.none() | IMAGES.map(json.dumps),
        "new_values": st.none() | IMAGES.map(json.dumps),
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=ROWS, is_redacted=st.booleans())
def test_any_row_has_one_leaf(conn: psycopg.Connection[Any], row: dict[str, Any], is_redacted: bool) -> None:
    """SQL hashes a row; Python hashes the document that SQL makes of it."""
    if is_redacted:
        row = {k: v for k, v in row.items() if k not in ("salt", "old_values", "new_values")}
        row["redacted_digest"] = b64encode(sha256(b"any").digest()).decode()
    leaf, document = conn.execute(
        f"""
        select encode(comply_private.audit_trail_leaf(a.audit_row), 'hex'),
               comply_private.audit_trail_document(a.audit_row)::text
        from (select {AS_ROW} as audit_row from (select %s::jsonb as document) as d offset 0) as a
        """,
        [json.dumps(row)],
    ).fetchone()
    assert python_leaf(json.loads(document)) == leaf
