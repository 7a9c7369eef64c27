"""What a superuser with every trigger off can do to the trail and to its ledger: each is found, and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from conftest import Database
from sealed_trail import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    NO_CHECKS,
    Finding,
    fill,
    findings,
    guards_off,
    row_id,
    seal,
    undone,
    write,
)


@dataclass(frozen=True)
class Sealed:
    """The trail of `sealed_trail.fill()`, and its last digest, which an auditor has kept outside."""

    database: Database
    conn: psycopg.Connection[Any]
    digest: str


@pytest.fixture(scope="module")
def sealed(make_database: Callable[..., Database], template: Database) -> Iterator[Sealed]:
    """A sealed trail that every test leaves as it was."""
    database = make_database(template)
    digest = fill(database)
    with database.connect(None) as conn:
        yield Sealed(database, conn, digest)
        assert findings(conn, digest=digest) == []


@pytest.fixture
def attacker(sealed: Sealed) -> Iterator[psycopg.Connection[Any]]:
    """A superuser, before whose deeds nothing is found. They are undone."""
    assert findings(sealed.conn, digest=sealed.digest) == []
    with undone(sealed.conn):
        yield sealed.conn


def row(problem: str, tenant: str, number: int) -> Finding:
    """Return what should be said of a row."""
    return problem, tenant, row_id(tenant, number)


def block(problem: str, tenant: str | None, number: int | None) -> Finding:
    """Return what should be said of a block, or with None of a tenant as a whole."""
    return problem, tenant, number


def tamper(conn: psycopg.Connection[Any], *statements: str) -> None:
    """Run statements with every guard off, and put the guards back."""
    with guards_off(conn):
        for statement in statements:
            conn.execute(statement)


def the(tenant: str, *numbers: int) -> str:
    """Return the condition that picks rows of a tenant."""
    ids = ", ".join(f"'{row_id(tenant, n)}'" for n in numbers)
    return f"tenant_id = '{tenant}' and id in ({ids})"


def swap(columns: str, tenant: str, one: int, other: int) -> str:
    """Return the statement that gives each of two rows the columns of the other."""
    return (
        f"update comply.audit_trail as a set ({columns}) = (select {columns} from comply.audit_trail as b"
        f" where {the(tenant, one, other).replace('tenant_id', 'b.tenant_id').replace(' id ', ' b.id ')}"
        f" and b.id <> a.id) where {the(tenant, one, other)}"
    )


def copy(of: str, **columns: str) -> str:
    """Return the statement that writes a row again, with some columns changed."""
    names = [
        "tenant_id",
        "id",
        "timestamp",
        "table_name",
        "record_id",
        "operation",
        "user_id",
        "transaction_id",
        "salt",
    ]
    values = ", ".join(columns.get(n, f'"{n}"') for n in names)
    quoted = ", ".join(f'"{n}"' for n in names)
    return f"insert into comply.audit_trail ({quoted}) select {values} from comply.audit_trail where {of}"


GAP = "(select transaction_id from public.gap)"
LAST_XID = "(select max(transaction_id) from comply.audit_trail)"

# What is done to rows of the trail, and what is said of it. Of the rows, 6 to 9 of acme are one block.
ROWS: dict[str, tuple[list[str], list[Finding]]] = {
    "a row in the middle is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 7)}"],
        [row("row_deleted", "acme", 7)],
    ),
    "the first row of a block is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 6)}"],
        [row("row_deleted", "acme", 6)],
    ),
    "the last row of a block is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 9)}"],
        [row("row_deleted", "acme", 9)],
    ),
    "the only row of a block is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 10)}"],
        [row("row_deleted", "acme", 10)],
    ),
    "the last row of all is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 13)}"],
        [row("row_deleted", "acme", 13)],
    ),
    "every row of a block is deleted": (
        [f"delete from comply.audit_trail where {the('acme', 6, 7, 8, 9)}"],
        [block("row_deleted", "acme", 2)],
    ),
    "every row of a tenant is deleted": (
        ["delete from comply.audit_trail where tenant_id = 'globex'"],
        [block("row_deleted", "globex", 0), block("row_deleted", "globex", 1)],
    ),
    "a row is inserted into a transaction that is sealed": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 99)}'")],
        [row("row_inserted", "acme", 99)],
    ),
    "a row is inserted before the first": (
        [copy(the("acme", 1), id=f"'{row_id('acme', 0)}'", transaction_id="'3'")],
        [row("row_inserted", "acme", 0)],
    ),
    "a row is inserted between two transactions": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", transaction_id=GAP)],
        [row("row_inserted", "acme", 99)],
    ),
    "a row of a tenant that has none is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('nobody', 1)}'", tenant_id="'nobody'", transaction_id=GAP)],
        [row("row_inserted", "nobody", 1)],
    ),
    "a row of a month that has none is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", timestamp=f"'{APRIL}'", transaction_id=GAP)],
        [row("row_inserted", "acme", 99)],
    ),
    "a row of a month that another tenant has is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('globex', 99)}'", tenant_id="'globex'", timestamp=f"'{MARCH}'")],
        [row("row_inserted", "globex", 99)],
    ),
    "rows are inserted into a partition that is no month": (
        [
            "create table public.attic partition of comply.audit_trail"
            " for values from ('1990-01-01') to ('2000-01-01')",
            copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", timestamp="'1995-05-05'", transaction_id=GAP),
        ],
        [block("coverage", "acme", None), block("guard_missing", None, None)],
    ),
    "a row of a transaction to come is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", transaction_id="'9999999999'")],
        [row("row_future_xid", "acme", 99)],
    ),
    "a row of a transaction to come, of a tenant that has none, is inserted": (
        [
            copy(
                the("acme", 7),
                id=f"'{row_id('nobody', 1)}'",
                tenant_id="'nobody'",
                transaction_id="'9999999999'",
            )
        ],
        [row("row_future_xid", "nobody", 1)],
    ),
    "a row is copied under a new id": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 98)}'")],
        [row("row_inserted", "acme", 98)],
    ),
    "a row is copied under its own id": (
        [copy(the("acme", 7), timestamp="\"timestamp\" + interval '1 second'")],
        [row("row_inserted", "acme", 7)],
    ),
    "a row is doubled": (
        [
            "alter table comply.audit_trail drop constraint audit_trail_pkey",
            copy(the("acme", 7)),
        ],
        [block("coverage", "acme", None)],
    ),
    "a row is copied to another tenant": (
        [copy(the("acme", 7), tenant_id="'globex'")],
        [("row_inserted", "globex", row_id("acme", 7))],
    ),
    "a row is moved to another tenant": (
        [f"update comply.audit_trail set tenant_id = 'globex' where {the('acme', 7)}"],
        [row("row_moved_tenant", "acme", 7)],
    ),
    "a row is moved to a tenant that has none": (
        [f"update comply.audit_trail set tenant_id = 'nobody' where {the('acme', 7)}"],
        [row("row_moved_tenant", "acme", 7)],
    ),
    "every row of a tenant is moved to another": (
        ["update comply.audit_trail set tenant_id = 'nobody' where tenant_id = 'globex'"],
        [row("row_moved_tenant", "globex", n) for n in range(1, 6)],
    ),
    "two rows swap their ids": (
        [
            f"update comply.audit_trail set id = '{row_id('acme', 0)}' where {the('acme', 6)}",
            f"update comply.audit_trail set id = '{row_id('acme', 6)}' where {the('acme', 7)}",
            f"update comply.audit_trail set id = '{row_id('acme', 7)}' where {the('acme', 0)}",
        ],
        [row("row_reordered", "acme", 6), row("row_reordered", "acme", 7)],
    ),
    "two rows swap their contents": (
        [
            swap(
                "table_name, record_id, operation, user_id, active_role, actor, old_values, new_values,"
                ' correlation_id, ip_address, user_agent, salt, "timestamp"',
                "acme",
                6,
                7,
            )
        ],
        [row("row_reordered", "acme", 6), row("row_reordered", "acme", 7)],
    ),
    "two rows swap their images": (
        [swap("old_values, new_values", "acme", 6, 8)],
        [row("row_edited", "acme", 6), row("row_edited", "acme", 8)],
    ),
    "two rows swap their transactions": (
        [swap("transaction_id", "acme", 7, 8)],
        [row("row_reordered", "acme", 7), row("row_reordered", "acme", 8)],
    ),
    "two rows swap their transactions, from one block to another": (
        [swap("transaction_id", "acme", 8, 11)],
        [row("row_reordered", "acme", 8), row("row_reordered", "acme", 11)],
    ),
    "two rows swap their times": (
        [swap('"timestamp"', "acme", 6, 7)],
        [row("row_reordered", "acme", 6), row("row_reordered", "acme", 7)],
    ),
    "two rows swap their times, from one month to another": (
        [swap('"timestamp"', "acme", 1, 7)],
        [row("row_reordered", "acme", 1), row("row_reordered", "acme", 7)],
    ),
    "a row is given a new id": (
        [f"update comply.audit_trail set id = '{row_id('acme', 99)}' where {the('acme', 7)}"],
        [row("row_edited", "acme", 7)],
    ),
    "a row is replaced by another": (
        [
            f"update comply.audit_trail set id = '{row_id('acme', 99)}', actor = 'x' where {the('acme', 7)}",
        ],
        [row("row_deleted", "acme", 7), row("row_inserted", "acme", 99)],
    ),
    "two rows of two tenants are edited": (
        [f"update comply.audit_trail set actor = 'x' where ({the('acme', 7)}) or ({the('globex', 4)})"],
        [row("row_edited", "acme", 7), row("row_edited", "globex", 4)],
    ),
    "the rows of a whole tenant are edited": (
        ["update comply.audit_trail set actor = 'x' where tenant_id = 'globex'"],
        [row("row_edited", "globex", n) for n in range(1, 6)],
    ),
    "a number is written with other digits": (
        [
            "update comply.audit_trail set new_values = jsonb_set(new_values, '{n}', '7.0')"
            f" where {the('acme', 6)}"
        ],
        [row("row_edited", "acme", 6)],
    ),
    "a letter is written in another form of Unicode": (
        [f"update comply.audit_trail set actor = normalize(actor, nfd) where {the('acme', 6)}"],
        [row("row_edited", "acme", 6)],
    ),
    "nothing becomes an empty text": (
        [f"update comply.audit_trail set user_agent = '' where {the('acme', 7)}"],
        [row("row_edited", "acme", 7)],
    ),
    "what was nothing becomes null in JSON": (
        [f"update comply.audit_trail set old_values = 'null' where {the('acme', 7)}"],
        [row("row_edited", "acme", 7)],
    ),
    "an address loses its netmask": (
        [f"update comply.audit_trail set ip_address = host(ip_address)::inet where {the('acme', 6)}"],
        [row("row_edited", "acme", 6)],
    ),
    "a partition is emptied": (
        ["truncate comply.audit_trail_2024_01"],
        [
            block("row_deleted", "acme", 0),
            row("row_deleted", "acme", 10),
            block("row_deleted", "globex", 0),
            row("row_deleted", "initech", 1),
        ],
    ),
    "a partition is dropped": (
        ["drop table comply.audit_trail_2024_02"],
        [
            block("row_deleted", "acme", 2),
            block("row_deleted", "acme", 3),
            block("row_deleted", "globex", 1),
        ],
    ),
    "a partition is detached": (
        ["alter table comply.audit_trail detach partition comply.audit_trail_2024_02"],
        [
            block("row_deleted", "acme", 2),
            block("row_deleted", "acme", 3),
            block("row_deleted", "globex", 1),
            # The guard of what is no partition any more.
            block("trigger_missing", None, None),
        ],
    ),
    "the whole trail is emptied": (
        ["truncate comply.audit_trail"],
        [
            *(block("row_deleted", "acme", n) for n in (0, 2, 3)),
            row("row_deleted", "acme", 10),
            *(block("row_deleted", "globex", n) for n in (0, 1)),
            *(row("row_deleted", "initech", n) for n in (1, 2)),
        ],
    ),
}


@pytest.mark.parametrize("deed", ROWS)
def test_of_rows(attacker: psycopg.Connection[Any], deed: str) -> None:
    """Asked of all tenants, and of each that is concerned."""
    statements, expected = ROWS[deed]
    tamper(attacker, *statements)

    assert findings(attacker) == sorted(expected, key=str)
    for tenant in {tenant for _, tenant, _ in expected if tenant}:
        assert findings(attacker, tenant) == sorted((f for f in expected if f[1] in (tenant, None)), key=str)


# How a value of a type is made another, and what is put where there was none.
OTHER = {
    "bigint": ("{} + 100", "1"),
    "boolean": ("not {}", "true"),
    "bytea": ("sha256({})", "sha256('')"),
    "inet": ("{} + 1", "'192.0.2.1'"),
    "integer": ("{} + 100", "1"),
    "jsonb": ("{} || '{{\"n\": 0}}'", "'{{}}'"),
    "text": ("{} || 'x'", "''"),
    "timestamp with time zone": ("{} + interval '1 microsecond'", "now()"),
    "uuid": ("overlay({}::text placing 'fff' from 34)::uuid", "gen_random_uuid()"),
    "xid8": (GAP, "'3'"),
}


def columns(conn: psycopg.Connection[Any], table: str) -> list[tuple[str, str, bool]]:
    """Return the columns of a table, whichever it has, with their types, and if they are never null."""
    return conn.execute(
        "select quote_ident(attname), format_type(atttypid, null), attnotnull from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
        " order by attnum",
        [table],
    ).fetchall()


def redact(tenant: str, number: int) -> str:
    """Return the statement that removes a row's images and leaves what the ledger hashed for them."""
    return (
        "update comply.audit_trail set salt = null, old_values = null, new_values = null,"
        " redacted_digest = sha256('\\x05'::bytea || record_send(row(salt,"
        " convert_to(old_values::text, 'UTF8'), convert_to(new_values::text, 'UTF8'))))"
        f" where {the(tenant, number)}"
    )


def note_redaction(conn: psycopg.Connection[Any], tenant: str, number: int) -> None:
    """Write the row of the trail that says who redacted a row."""
    write(
        conn,
        tenant,
        90 + number,
        MARCH,
        table_name="audit_trail",
        record_id=row_id(tenant, number),
        operation="REDACT",
    )


def test_of_every_column_of_the_trail(attacker: psycopg.Connection[Any], subtests: pytest.Subtests) -> None:
    """A value is changed, a value is taken away, a value is put where there was none."""
    tamper(attacker, redact("acme", 4), NO_CHECKS)
    note_redaction(attacker, "acme", 4)
    assert findings(attacker) == []
    expected = {
        ("tenant_id", "other", 1): ["row_moved_tenant"],
        ("redacted_digest", "new", 1): ["redaction_unlawful", "row_edited"],
        # The hash of a redacted row does not cover its images.
        ("salt", "new", 4): ["redaction_unlawful"],
    }
    tried = 0
    for column, kind, is_needed in columns(attacker, "comply.audit_trail"):
        other, new = OTHER[kind]
        for deed, value, condition in (
            ("other", other.format(column), "is not null"),
            ("none", "null", "is not null" if not is_needed else "is distinct from null and false"),
            ("new", new.format(), "is null"),
        ):
            for (number,) in attacker.execute(
                "select n from unnest(array[1, 2, 4]) as n where exists (select from comply.audit_trail"
                f" where tenant_id = 'acme' and id = ('{row_id('acme', 0)[:-1]}' || n)::uuid"
                f" and {column} {condition}) limit 1"
            ).fetchall():
                with subtests.test(column=column, deed=deed, row=number), undone(attacker):
                    tamper(
                        attacker,
                        f"update comply.audit_trail set {column} = {value} where {the('acme', number)}",
                    )
                    problems = expected.get((column, deed, number), ["row_edited"])
                    assert findings(attacker) == [row(problem, "acme", number) for problem in problems]
                tried += deed == "other"
    assert tried == len(columns(attacker, "comply.audit_trail"))


BROKEN = [block("chain_broken", "acme", 2), block("chain_broken", "acme", 3)]
BROKEN_LAST = [block("chain_broken", "acme", 3), block("head_forked", "acme", 3)]
INDEX_DAMAGED = [block("leaf_index_damaged", "acme", 2)]
NODE_BROKEN = [block("chain_broken", "acme", 3), block("node_damaged", "acme", None)]
NODE_DAMAGED = [block("node_damaged", "acme", None)]
PROOFS_DAMAGED = [block("node_damaged", "_system", None)]
CHECKPOINT_BROKEN = [block("checkpoint_broken", None, None)]
HEAD_FORKED = [block("head_forked", "acme", 3)]
GONE = [
    block("block_missing", "acme", 2),
    block("coverage", "acme", None),
    block("leaf_index_damaged", "acme", 2),
]

# Of a row of each table: what is said when a column is changed, of all columns but those that are named.
LEDGER: dict[tuple[str, str], tuple[list[Finding], dict[str, list[Finding]]]] = {
    ("comply.ledger_blocks", "tenant_id = 'acme' and block_no = 2"): (
        BROKEN,
        {
            "tenant_id": [
                block("block_missing", "acme", 2),
                block("block_missing", "acmex", 0),
                block("block_root", "acmex", 2),
                block("chain_broken", "acmex", 2),
                block("coverage", "acme", None),
                block("coverage", "acmex", None),
                block("leaf_index_damaged", "acme", 2),
            ],
            "stream": [
                block("block_missing", "acme", 0),
                block("block_missing", "acme", 2),
                block("chain_broken", "acme", 2),
                block("coverage", "acme", None),
                block("leaf_index_damaged", "acme", 2),
            ],
            "block_no": [
                block("block_missing", "acme", 2),
                block("block_missing", "acme", 4),
                block("block_overlap", "acme", 102),
                block("chain_broken", "acme", 102),
                block("checkpoint_broken", None, None),
                block("leaf_index_damaged", "acme", 102),
                block("leaf_index_damaged", "acme", 2),
                block("time_backwards", "acme", 102),
            ],
            "incarnation": [*BROKEN, block("time_backwards", "acme", 3)],
            "period": [
                *BROKEN,
                block("coverage", "acme", None),
                block("coverage", "acme", None),
                block("leaf_index_damaged", "acme", 2),
            ],
            "pass_no": [
                *BROKEN,
                block("block_overlap", "acme", 2),
                block("head_forked", None, None),
                block("time_backwards", "acme", 3),
            ],
            "xid_from": [*BROKEN, block("block_overlap", "acme", 2)],
            "xid_to": [*BROKEN, block("block_overlap", "acme", 3)],
            "leaf_count": [*BROKEN, block("block_count", "acme", 2)],
            "root": [*BROKEN, block("block_root", "acme", 2)],
            "fingerprint": [
                *BROKEN,
                block("trigger_changed", None, None),
                block("trigger_changed", None, None),
            ],
        },
    ),
    ("comply.ledger_blocks", "tenant_id = 'acme' and block_no = 3"): (
        BROKEN_LAST,
        {
            "tenant_id": [
                block("block_missing", "acme", 3),
                block("block_missing", "acmex", 0),
                block("block_root", "acmex", 3),
                block("chain_broken", "acmex", 3),
                block("checkpoint_broken", None, None),
                block("coverage", "acme", None),
                block("coverage", "acmex", None),
                block("leaf_index_damaged", "acme", 3),
            ],
            "stream": [
                block("block_missing", "acme", 0),
                block("block_missing", "acme", 3),
                block("chain_broken", "acme", 3),
                block("checkpoint_broken", None, None),
                block("coverage", "acme", None),
                block("leaf_index_damaged", "acme", 3),
            ],
            "block_no": [
                block("block_missing", "acme", 3),
                block("chain_broken", "acme", 103),
                block("checkpoint_broken", None, None),
                block("leaf_index_damaged", "acme", 103),
                block("leaf_index_damaged", "acme", 3),
            ],
            "period": [
                *BROKEN_LAST,
                block("coverage", "acme", None),
                block("coverage", "acme", None),
                block("leaf_index_damaged", "acme", 3),
            ],
            "pass_no": [
                *BROKEN_LAST,
                block("checkpoint_broken", None, None),
                block("head_forked", None, None),
            ],
            "xid_from": [*BROKEN_LAST, block("block_overlap", "acme", 3)],
            "first_transaction_id": [*BROKEN_LAST, block("block_overlap", "acme", 3)],
            "leaf_count": [*BROKEN_LAST, block("block_count", "acme", 3)],
            "root": [*BROKEN_LAST, block("block_root", "acme", 3)],
            "fingerprint": [*BROKEN_LAST, block("trigger_changed", None, None)],
        },
    ),
    ("comply.ledger_checkpoints", "seq = 0"): (
        CHECKPOINT_BROKEN,
        {
            "seq": [*CHECKPOINT_BROKEN, block("node_damaged", "_system", None)],
            "pass_no": [*CHECKPOINT_BROKEN, block("time_backwards", None, None)],
            "digest": [
                *CHECKPOINT_BROKEN,
                block("checkpoint_broken", None, None),
                block("checkpoint_broken", None, None),
                block("head_forked", None, None),
                block("node_damaged", "_system", None),
            ],
        },
    ),
    ("comply.ledger_checkpoints", "seq = 2"): (
        CHECKPOINT_BROKEN,
        {
            "seq": [*CHECKPOINT_BROKEN, block("node_damaged", "_system", None)],
            "heads": [*CHECKPOINT_BROKEN, block("checkpoint_broken", None, None)],
            "heads_root": [*CHECKPOINT_BROKEN, block("checkpoint_broken", None, None)],
            "digest": [
                *CHECKPOINT_BROKEN,
                block("head_forked", None, None),
                block("node_damaged", "_system", None),
            ],
        },
    ),
    ("comply_private.ledger_leaves", "tenant_id = 'acme' and block_no = 2"): (
        INDEX_DAMAGED,
        {
            "tenant_id": [*INDEX_DAMAGED, block("leaf_index_damaged", "acmex", 2)],
            "block_no": [*INDEX_DAMAGED, block("leaf_index_damaged", "acme", 102)],
        },
    ),
    ("comply_private.ledger_nodes", "tenant_id = 'acme' and level = 0 and node_no = 3"): (
        NODE_BROKEN,
        {
            "tenant_id": [*NODE_BROKEN, block("node_damaged", "acmex", None)],
            "stream": [*NODE_BROKEN, block("node_damaged", "acme", None)],
        },
    ),
    ("comply_private.ledger_nodes", "tenant_id = 'acme' and level = 1 and node_no = 1"): (
        NODE_DAMAGED,
        {
            "tenant_id": [*NODE_DAMAGED, block("node_damaged", "acmex", None)],
            "stream": [*NODE_DAMAGED, block("node_damaged", "acme", None)],
        },
    ),
    ("comply_private.ledger_nodes", "tenant_id = '_system' and level = 1"): (
        PROOFS_DAMAGED,
        {
            "tenant_id": [*PROOFS_DAMAGED, block("node_damaged", "_systemx", None)],
            "stream": [*PROOFS_DAMAGED, block("node_damaged", "_system", None)],
        },
    ),
    ("comply_private.ledger_heads", "tenant_id = 'acme'"): (
        HEAD_FORKED,
        {
            "tenant_id": [
                *HEAD_FORKED,
                block("block_missing", "acmex", 0),
                block("checkpoint_broken", None, None),
            ],
            "stream": [
                *HEAD_FORKED,
                block("block_missing", "acme", 0),
                block("checkpoint_broken", None, None),
            ],
            "blocks": [block("block_missing", "acme", 4)],
            "peaks": [*HEAD_FORKED, block("checkpoint_broken", None, None)],
        },
    ),
}


@pytest.mark.parametrize(("table", "of"), LEDGER)
def test_of_every_column_of_the_ledger(
    attacker: psycopg.Connection[Any], subtests: pytest.Subtests, table: str, of: str
) -> None:
    default, named = LEDGER[table, of]
    tamper(attacker, NO_CHECKS)
    for column, kind, _ in columns(attacker, table):
        with subtests.test(column=column), undone(attacker):
            tamper(attacker, f"update {table} set {column} = {OTHER[kind][0].format(column)} where {of}")
            assert set(findings(attacker)) == set(named.get(column, default))


# What is taken from the ledger or put into it, and what is said.
ROWS_OF_THE_LEDGER: dict[str, tuple[list[str], list[Finding]]] = {
    "the first block is deleted": (
        ["delete from comply.ledger_blocks where tenant_id = 'acme' and block_no = 0"],
        [
            block("block_missing", "acme", 0),
            block("coverage", "acme", None),
            block("leaf_index_damaged", "acme", 0),
        ],
    ),
    "a block in the middle is deleted": (
        ["delete from comply.ledger_blocks where tenant_id = 'acme' and block_no = 2"],
        GONE,
    ),
    "the last block is deleted": (
        ["delete from comply.ledger_blocks where tenant_id = 'acme' and block_no = 3"],
        [
            block("block_missing", "acme", 3),
            block("checkpoint_broken", None, None),
            block("coverage", "acme", None),
            block("leaf_index_damaged", "acme", 3),
        ],
    ),
    "every block of a tenant is deleted": (
        ["delete from comply.ledger_blocks where tenant_id = 'globex'"],
        [
            block("block_missing", "globex", 0),
            block("checkpoint_broken", None, None),
            block("coverage", "globex", None),
            block("coverage", "globex", None),
            block("leaf_index_damaged", "globex", 0),
            block("leaf_index_damaged", "globex", 1),
        ],
    ),
    "a tenant is deleted from trail and ledger": (
        [
            f"delete from {table} where tenant_id = 'globex'"
            for table in (
                "comply.audit_trail",
                "comply.ledger_blocks",
                "comply_private.ledger_leaves",
                "comply_private.ledger_nodes",
                "comply_private.ledger_heads",
            )
        ],
        CHECKPOINT_BROKEN,
    ),
    "the first checkpoint is deleted": (
        ["delete from comply.ledger_checkpoints where seq = 0"],
        CHECKPOINT_BROKEN,
    ),
    "a checkpoint in the middle is deleted": (
        ["delete from comply.ledger_checkpoints where seq = 1"],
        CHECKPOINT_BROKEN,
    ),
    "the last checkpoint is deleted": (
        ["delete from comply.ledger_checkpoints where seq = 2"],
        [block("head_forked", None, None), *PROOFS_DAMAGED],
    ),
    "every checkpoint is deleted": (
        ["delete from comply.ledger_checkpoints"],
        [block("head_forked", None, None), *PROOFS_DAMAGED],
    ),
    "a leaf index is deleted": (
        ["delete from comply_private.ledger_leaves where tenant_id = 'acme' and block_no = 2"],
        INDEX_DAMAGED,
    ),
    "a leaf index calls its rows by other ids": (
        [
            "update comply_private.ledger_leaves set leaves = overlay(leaves placing '\\xff' from 16)"
            " where tenant_id = 'acme' and block_no = 2"
        ],
        INDEX_DAMAGED,
    ),
    "a leaf index and one of its rows are edited": (
        [
            "update comply_private.ledger_leaves set leaves = '' where tenant_id = 'acme' and block_no = 2",
            f"update comply.audit_trail set actor = 'x' where {the('acme', 7)}",
        ],
        [block("block_root", "acme", 2)],
    ),
    "a leaf index is made for a row that is inserted": (
        [
            copy(the("acme", 7), id=f"'{row_id('acme', 99)}'"),
            f"insert into comply_private.ledger_leaves select tenant_id, 'audit_trail', 9, '{FEBRUARY}',"
            " uuid_send(id) || comply_private.audit_trail_leaf(a) from comply.audit_trail as a"
            f" where {the('acme', 99)}",
        ],
        [block("coverage", "acme", None), block("leaf_index_damaged", "acme", 9)],
    ),
    "a leaf index is given a row that is inserted": (
        [
            copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", transaction_id="'3'"),
            "update comply_private.ledger_leaves set leaves = leaves || (select uuid_send(id) ||"
            f" comply_private.audit_trail_leaf(a) from comply.audit_trail as a where {the('acme', 99)})"
            " where tenant_id = 'acme' and block_no = 2",
        ],
        [block("coverage", "acme", None), block("leaf_index_damaged", "acme", 2)],
    ),
    "a header counts a row that is inserted": (
        [
            copy(the("acme", 7), id=f"'{row_id('acme', 99)}'"),
            "update comply.ledger_blocks set leaf_count = 5 where tenant_id = 'acme' and block_no = 2",
        ],
        [*BROKEN, block("block_count", "acme", 2), row("row_inserted", "acme", 99)],
    ),
    "a node is deleted": (
        ["delete from comply_private.ledger_nodes where tenant_id = 'acme' and level = 2"],
        NODE_DAMAGED,
    ),
    "a node is inserted": (
        ["insert into comply_private.ledger_nodes values ('acme', 'audit_trail', 0, 4, sha256(''))"],
        NODE_DAMAGED,
    ),
    "a node of a tenant that has none is inserted": (
        ["insert into comply_private.ledger_nodes values ('nobody', 'audit_trail', 0, 0, sha256(''))"],
        [block("node_damaged", "nobody", None)],
    ),
    "the node of a digest is changed": (
        [
            "update comply_private.ledger_nodes set hash = sha256('')"
            " where tenant_id = '_system' and level = 0"
        ],
        PROOFS_DAMAGED,
    ),
    "the heads that proofs begin with are others": (
        ["update comply_private.ledger_newest_heads set leaves = overlay(leaves placing '\\xff' from 1)"],
        PROOFS_DAMAGED,
    ),
    "the heads that proofs begin with are of another checkpoint": (
        ["update comply_private.ledger_newest_heads set seq = 1"],
        PROOFS_DAMAGED,
    ),
    "a head is deleted": (
        ["delete from comply_private.ledger_heads where tenant_id = 'acme'"],
        [*HEAD_FORKED, block("checkpoint_broken", None, None)],
    ),
    "a head of a tenant that has none is inserted": (
        [
            "insert into comply_private.ledger_heads select 'nobody', stream, blocks, leaves, xid_to,"
            " last_transaction_id, last_id, peaks from comply_private.ledger_heads where tenant_id = 'acme'"
        ],
        [block("block_missing", "nobody", 0)],
    ),
    "the state is deleted": (
        ["delete from comply_private.ledger_state"],
        [
            block("head_forked", "acme", 3),
            block("head_forked", "globex", 1),
            block("head_forked", "initech", 1),
            block("head_forked", None, None),
            *PROOFS_DAMAGED,
        ],
    ),
    "the state counts other checkpoints": (
        ["update comply_private.ledger_state set checkpoints = 2"],
        [block("head_forked", None, None)],
    ),
    "the state has other peaks": (
        ["update comply_private.ledger_state set peaks = sha256(peaks)"],
        [block("head_forked", None, None)],
    ),
    "the state is of another incarnation": (
        ["update comply_private.ledger_state set incarnation = 2"],
        [
            block("head_forked", "acme", 3),
            block("head_forked", "globex", 1),
            block("head_forked", "initech", 1),
        ],
    ),
    "the state is of an earlier pass": (
        ["update comply_private.ledger_state set pass_no = 1"],
        [block("head_forked", None, None)],
    ),
    "the state is of an earlier transaction": (
        ["update comply_private.ledger_state set sealed_to = '3'"],
        [block("head_forked", None, None)],
    ),
    "the state is of a time to come": (
        ["update comply_private.ledger_state set sealed_at = 'infinity'"],
        [block("time_backwards", None, None)],
    ),
}


@pytest.mark.parametrize("deed", ROWS_OF_THE_LEDGER)
def test_of_the_ledger(attacker: psycopg.Connection[Any], deed: str) -> None:
    statements, expected = ROWS_OF_THE_LEDGER[deed]
    tamper(attacker, NO_CHECKS, *statements)

    assert findings(attacker) == sorted(expected, key=str)


def test_of_the_state_hides_no_row(attacker: psycopg.Connection[Any], subtests: pytest.Subtests) -> None:
    """Whatever the sealer is made to believe: it is found, or the next pass seals each row all the same."""
    for column, kind, _ in columns(attacker, "comply_private.ledger_state"):
        if column == "singleton":
            continue
        with subtests.test(column=column), undone(attacker):
            attacker.execute(
                f"update comply_private.ledger_state set {column} = {OTHER[kind][0].format(column)}"
            )
            if findings(attacker) == []:
                assert seal(attacker) == 2
                attacker.execute("select comply.checkpoint()")
                assert findings(attacker) == []


# Writes the ledger anew over the rows as they are now, with the functions of the product, and every
# checkpoint over that: what a superuser can do who reads docs/ledger.md.
REWRITE = """
do $$
declare
  b comply.ledger_blocks;
  c comply.ledger_checkpoints;
  v_blocks comply.ledger_blocks[] := array(
    select k from comply.ledger_blocks as k order by tenant_id, block_no);
  v_leaves bytea;
  v_nodes bytea[];
begin
  delete from comply.ledger_blocks;
  delete from comply_private.ledger_leaves;
  delete from comply_private.ledger_nodes;
  delete from comply_private.ledger_heads;

  foreach b in array v_blocks loop
    select
      string_agg(uuid_send(a.id) || comply_private.audit_trail_leaf(a), '' order by a.transaction_id, a.id),
      min(a.transaction_id),
      max(a.transaction_id)
    into v_leaves, b.first_transaction_id, b.last_transaction_id
    from comply.audit_trail as a
    where a.tenant_id = b.tenant_id
      and a.transaction_id >= b.xid_from
      and a.transaction_id < b.xid_to
      and date_trunc('month', a."timestamp", 'UTC') = b.period;

    if v_leaves is not null then
      perform comply_private.seal_block(b, v_leaves);
    end if;
  end loop;

  if with_checkpoints then
    update comply_private.ledger_state set checkpoints = 0, peaks = '';
    delete from comply_private.ledger_newest_heads;

    for c in select * from comply.ledger_checkpoints order by seq loop
      c.history_root := (select comply_private.peaks_root(peaks) from comply_private.ledger_state);

      select count(*), comply_private.merkle_root(coalesce(string_agg(h.leaf, '' order by h.head_no), ''))
      into c.heads, c.heads_root
      from comply_private.ledger_heads_at(c.pass_no) as h;

      c.digest := comply_private.checkpoint_digest(c);
      update comply.ledger_checkpoints
      set (heads, heads_root, history_root, digest) = (c.heads, c.heads_root, c.history_root, c.digest)
      where seq = c.seq;

      v_nodes := (
        select comply_private.new_nodes(peaks, checkpoints, c.digest) from comply_private.ledger_state);
      insert into comply_private.ledger_nodes
      select '_system', 'checkpoints', n - 1, c.seq >> (n - 1), v_nodes[n]
      from generate_series(1, cardinality(v_nodes)) as n;
      update comply_private.ledger_state
      set checkpoints = checkpoints + 1, peaks = comply_private.grown_peaks(peaks, v_nodes);
    end loop;
  end if;
end;
$$
"""


@pytest.mark.parametrize(
    "deed",
    [
        f"update comply.audit_trail set actor = 'x' where {the('acme', 7)}",
        f"update comply.audit_trail set new_values = '{{}}' where {the('initech', 1)}",
        f"delete from comply.audit_trail where {the('acme', 7)}",
        f"delete from comply.audit_trail where {the('acme', 10)}",
        f"update comply.audit_trail set tenant_id = 'globex' where {the('acme', 7)}",
        copy(the("acme", 7), id=f"'{row_id('acme', 6)[:-1]}f'", transaction_id=GAP),
        swap("record_id, actor, user_id, old_values, new_values", "acme", 6, 8),
        "delete from comply.audit_trail where tenant_id = 'globex'",
    ],
    ids=["edit", "edit an only row", "delete", "delete a block", "move", "insert", "swap", "delete a tenant"],
)
def test_a_ledger_that_is_written_anew_only_an_outside_digest_finds(
    attacker: psycopg.Connection[Any], sealed: Sealed, deed: str
) -> None:
    tamper(attacker, NO_CHECKS, deed, REWRITE.replace("with_checkpoints", "true"))

    assert findings(attacker) == []
    assert findings(attacker, digest=sealed.digest) == [block("digest_missing", None, None)]


def test_a_ledger_that_is_written_anew_without_checkpoints_is_found_inside(
    attacker: psycopg.Connection[Any], sealed: Sealed
) -> None:
    deed = f"update comply.audit_trail set actor = 'x' where {the('acme', 7)}"
    tamper(attacker, NO_CHECKS, deed, REWRITE.replace("with_checkpoints", "false"))

    assert findings(attacker) == [*CHECKPOINT_BROKEN, *PROOFS_DAMAGED]
    assert findings(attacker, digest=sealed.digest) == [block("digest_mismatch", None, None), *PROOFS_DAMAGED]


def test_a_digest_vouches_for_what_was_before_it(attacker: psycopg.Connection[Any], sealed: Sealed) -> None:
    """The first checkpoint is older than the row, and its digest stays what it was."""
    first = attacker.execute(
        "select encode(digest, 'hex') from comply.ledger_checkpoints where seq = 0"
    ).fetchone()[0]
    deed = f"update comply.audit_trail set actor = 'x' where {the('acme', 12)}"
    tamper(attacker, NO_CHECKS, deed, REWRITE.replace("with_checkpoints", "true"))

    assert findings(attacker, digest=first) == []
    assert findings(attacker, digest=sealed.digest) == [block("digest_missing", None, None)]


def test_what_is_not_sealed_yet_nothing_vouches_for(
    attacker: psycopg.Connection[Any], sealed: Sealed
) -> None:
    """The open window, from a change to the next digest that leaves the database."""
    tamper(
        attacker,
        f"update comply.audit_trail set actor = 'x' where {the('acme', 14)}",
        f"delete from comply.audit_trail where {the('newcomer', 1)}",
    )

    assert findings(attacker, digest=sealed.digest) == []


def test_a_database_that_is_rolled_back_only_an_outside_digest_finds(
    make_database: Callable[..., Database], template: Database
) -> None:
    """Whether it then goes on or not."""
    database = make_database(template)
    before = fill(database)
    backup = make_database(database)

    def go_on(of: Database, number: int) -> str:
        with of.connect(None) as conn:
            with conn.transaction():
                write(conn, "acme", number, MARCH)
            seal(conn)
            return conn.execute("select comply.checkpoint()").fetchone()[0]

    after = go_on(database, 20)
    for step in ("as it was", "when it has gone on"):
        with backup.connect(None) as conn:
            assert findings(conn) == [], step
            assert findings(conn, digest=before) == [], step
            assert findings(conn, digest=after) == [block("digest_missing", None, None)], step
        go_on(backup, 21)
    with database.connect(None) as conn:
        assert findings(conn, digest=before) == findings(conn, digest=after) == []


def test_a_redaction_is_lawful_where_the_trail_says_who_did_it(attacker: psycopg.Connection[Any]) -> None:
    tamper(attacker, redact("acme", 6), redact("acme", 7), redact("globex", 2))
    assert findings(attacker) == [
        row("redaction_unlawful", "acme", 6),
        row("redaction_unlawful", "acme", 7),
        row("redaction_unlawful", "globex", 2),
    ]

    note_redaction(attacker, "acme", 6)
    note_redaction(attacker, "globex", 2)
    assert findings(attacker) == [row("redaction_unlawful", "acme", 7)]

    # By itself, under another tenant, or of another operation, the note is none.
    write(
        attacker,
        "globex",
        97,
        MARCH,
        table_name="audit_trail",
        record_id=row_id("acme", 7),
        operation="REDACT",
    )
    write(
        attacker, "acme", 98, MARCH, table_name="audit_trail", record_id=row_id("acme", 7), operation="UPDATE"
    )
    write(attacker, "acme", 99, MARCH, table_name="other", record_id=row_id("acme", 7), operation="REDACT")
    assert findings(attacker) == [row("redaction_unlawful", "acme", 7)]


@pytest.mark.parametrize("forged", ["salt = gen_random_uuid()", "old_values = '{}'", "new_values = '{}'"])
def test_images_put_into_a_redacted_row_are_found(attacker: psycopg.Connection[Any], forged: str) -> None:
    """Its hash does not cover them any more."""
    tamper(attacker, NO_CHECKS, redact("acme", 6))
    note_redaction(attacker, "acme", 6)
    assert findings(attacker) == []

    tamper(attacker, f"update comply.audit_trail set {forged} where {the('acme', 6)}")
    assert findings(attacker) == [row("redaction_unlawful", "acme", 6)]


def test_a_forged_redaction_is_found(attacker: psycopg.Connection[Any]) -> None:
    """Other images than were sealed are not what was removed."""
    tamper(
        attacker,
        f"update comply.audit_trail set new_values = '{{}}' where {the('acme', 6)}",
        redact("acme", 6),
    )
    note_redaction(attacker, "acme", 6)

    assert findings(attacker) == [row("row_edited", "acme", 6)]


DROPPED = [
    block("row_deleted", "acme", 2),
    block("row_deleted", "acme", 3),
    block("row_deleted", "globex", 1),
]
CERTIFY = (
    "insert into comply.destruction_certificates"
    " (tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)"
    f" select tenant, 'audit_trail', '{FEBRUARY}', '{MARCH}', leaves, content_hash, 'six years are over'"
    f" from comply_private.month_evidence('audit_trail', '{FEBRUARY}')"
)


def test_a_month_that_is_destroyed_under_certificates_is_no_problem(
    attacker: psycopg.Connection[Any], sealed: Sealed
) -> None:
    attacker.execute(
        f"select comply_private.drop_sealed_month('audit_trail', '{FEBRUARY}', 'six years are over')"
    )

    assert findings(attacker, digest=sealed.digest) == []


FORGERIES = {
    "the certificate counts other rows": [CERTIFY.replace("leaves,", "leaves - 1,")],
    "the certificate is of other rows": [CERTIFY.replace("content_hash, 'six", "sha256(content_hash), 'six")],
    "the certificate is of another month": [
        CERTIFY.replace(f"'{FEBRUARY}', '{MARCH}'", f"'{MARCH}', '{APRIL}'")
    ],
    "the certificate is of two months": [CERTIFY.replace(f"'{MARCH}', leaves", f"'{APRIL}', leaves")],
    "the certificate is of another table": [
        CERTIFY.replace("select tenant, 'audit_trail'", "select tenant, 'other'")
    ],
    "the trail has no certificate": [
        "alter table comply.destruction_certificates disable trigger user",
        CERTIFY,
    ],
    "the trail has another certificate": [
        CERTIFY.replace("leaves,", "leaves - 1,"),
        "alter table comply.destruction_certificates disable trigger user",
        "update comply.destruction_certificates set rows_destroyed = rows_destroyed + 1",
    ],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_certificate_covers_up_for_nothing(attacker: psycopg.Connection[Any], forgery: str) -> None:
    for statement in FORGERIES[forgery]:
        attacker.execute(statement)
    attacker.execute(
        "do $$ declare t record; begin for t in select tgname from pg_trigger where not tgisinternal"
        " and tgrelid = 'comply.destruction_certificates'::regclass loop execute format("
        "'alter table comply.destruction_certificates enable always trigger %I', t.tgname); end loop; end $$"
    )
    attacker.execute("drop table comply.audit_trail_2024_02")

    assert [f for f in findings(attacker) if f[0] != "trigger_missing"] == DROPPED


def test_a_certificate_while_the_rows_are_there_is_found(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute(CERTIFY)

    assert findings(attacker) == [block("coverage", "acme", None), block("coverage", "globex", None)]


CHANGES = {
    "a trigger is off for a moment": (
        "alter table comply.audit_trail disable trigger _100_refuse_change;"
        "alter table comply.audit_trail enable always trigger _100_refuse_change"
    ),
    "a function is another for a moment": (
        "do $$ declare source text := pg_get_functiondef("
        "'comply_private.tg_storage_records__audit'::regproc); begin"
        " execute replace(source, 'SECURITY DEFINER', 'SECURITY INVOKER'); execute source; end $$"
    ),
    "a policy is another for a moment": (
        "alter policy audit_trail_tenant_reads on comply.audit_trail using (true);"
        "alter policy audit_trail_tenant_reads on comply.audit_trail"
        " using (tenant_id = (select comply.current_tenant()))"
    ),
    "rights are given away": "grant insert on comply.audit_trail to comply_app",
    "row security is not forced": "alter table comply.audit_trail no force row level security",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_seals_is_found(attacker: psycopg.Connection[Any], change: str) -> None:
    attacker.execute(CHANGES[change])
    assert [f for f in findings(attacker) if f[0] == "trigger_changed"] == []
    assert seal(attacker) == 2

    assert block("trigger_changed", None, None) in findings(attacker)


def test_no_change_between_two_seals_is_no_finding(attacker: psycopg.Connection[Any]) -> None:
    assert seal(attacker) == 2

    assert findings(attacker) == []


def test_a_trigger_that_is_off_is_found(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("alter table comply.audit_trail disable trigger _100_refuse_change")

    assert findings(attacker) == [block("guard_missing", None, None), block("trigger_missing", None, None)]


def test_certificates_and_redactions_outlive_the_month_in_which_they_were_made(
    make_database: Callable[..., Database], template: Database
) -> None:
    """January is destroyed in March, and March, with the rows that tell of it, years later."""
    database = make_database(template)
    fill(database)
    with database.connect(None) as conn:
        with conn.transaction():
            tamper(conn, redact("acme", 6))
            note_redaction(conn, "acme", 6)
        seal(conn)
        for now, month in (("2024-03-15", JANUARY), ("", MARCH)):
            conn.execute("select comply.checkpoint()")
            conn.execute("select set_config('comply.now', %s, false)", [now])
            conn.execute(f"select comply_private.drop_sealed_month('audit_trail', '{month}', 'a test')")
            seal(conn)
            assert set(findings(conn)) <= {block("trigger_changed", None, None)}, month
