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


@pytest.fixture
def attacker(sealed: Sealed) -> Iterator[psycopg.Connection[Any]]:
    """A superuser, before whose deeds nothing is found. They are undone, after which nothing is found."""
    assert findings(sealed.conn, digest=sealed.digest) == []
    with undone(sealed.conn):
        yield sealed.conn
    assert findings(sealed.conn, digest=sealed.digest) == []


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
        "tenant_id", "id", "timestamp", "table_name", "record_id", "operation", "user_id", "transaction_id", "salt"
    ]
    values = ", ".join(columns.get(n, f'"{n}"') for n in names)
    quoted = ", ".join(f'"{n}"' for n in names)
    return f"insert into comply.audit_trail ({quoted}) select {values} from comply.audit_trail where {of}"


NO_CHECKS = (
    "do $$ declare c record; begin for c in select conrelid::regclass as t, conname from pg_constraint where"
    " contype = 'c' and coninhcount = 0 and conrelid::regclass::text ~ '^comply(_private)?[.]({})' loop"
    " execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; end $$"
).format("audit_trail|ledger_blocks|ledger_checkpoints|ledger_leaves|ledger_nodes")

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
            "create table public.attic partition of comply.audit_trail for values from ('1990-01-01') to ('2000-01-01')",
            copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", timestamp="'1995-05-05'", transaction_id=GAP),
        ],
        [block("coverage", "acme", None), block("guard_missing", None, None)],
    ),
    "a row of a transaction to come is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('acme', 99)}'", transaction_id="'9999999999'")],
        [row("row_future_xid", "acme", 99)],
    ),
    "a row of a transaction to come, of a tenant that has none, is inserted": (
        [copy(the("acme", 7), id=f"'{row_id('nobody', 1)}'", tenant_id="'nobody'", transaction_id="'9999999999'")],
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
            f"insert into comply.audit_trail select * from comply.audit_trail where {the('acme', 7)}",
        ],
        [block("coverage", "acme", None)],
    ),
    "a row is copied to another tenant": (
        [copy(the("acme", 7), tenant_id="'globex'")],
        [row("row_inserted", "globex", 0)[:2] + (row_id("acme", 7),)],
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
            f"update comply.audit_trail set id = '{row_id('nobody', 0)}' where {the('acme', 6)}",
            f"update comply.audit_trail set id = '{row_id('acme', 6)}' where {the('acme', 7)}",
            f"update comply.audit_trail set id = '{row_id('acme', 7)}' where {the('nobody', 0).replace('nobody', 'acme')}",
        ],
        [row("row_reordered", "acme", 6), row("row_reordered", "acme", 7)],
    ),
    "two rows swap their contents": (
        [swap("table_name, record_id, operation, user_id, active_role, actor, old_values, new_values, correlation_id,"
              " ip_address, user_agent, salt, \"timestamp\"", "acme", 6, 7)],
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
        [f"update comply.audit_trail set new_values = jsonb_set(new_values, '{{n}}', '7.0') where {the('acme', 6)}"],
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
    statements, expected = ROWS[deed]
    tamper(attacker, *statements)

    assert findings(attacker) == sorted(expected, key=str)


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


def columns(conn: psycopg.Connection[Any], table: str) -> list[tuple[str, str]]:
    """Return the columns of a table, whichever it has, and their types."""
    return conn.execute(
        "select quote_ident(attname), format_type(atttypid, null) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [table],
    ).fetchall()


def test_of_every_column(attacker: psycopg.Connection[Any], subtests: pytest.Subtests) -> None:
    """A value is changed, a value is taken away, a value is put where there was none."""
    expected = {
        "tenant_id": [row("row_moved_tenant", "acme", 2)],
        "redacted_digest": [row("redaction_unlawful", "acme", 2), row("row_edited", "acme", 2)],
    }
    tried = 0
    for column, kind in columns(attacker, "comply.audit_trail"):
        other, new = OTHER[kind]
        for number, value in ((2, other.format(column)), (2, "null"), (1, new.format())):
            with subtests.test(column=column, value=value), undone(attacker):
                was = attacker.execute(f"select {column} from comply.audit_trail where {the('acme', number)}")
                if (was.fetchone()[0] is None) != (number == 1 or (column == "redacted_digest" and value != "null")):
                    continue
                try:
                    tamper(
                        attacker,
                        NO_CHECKS,
                        f"update comply.audit_trail set {column} = {value} where {the('acme', number)}",
                    )
                except psycopg.errors.NotNullViolation:
                    continue
                tried += 1
                print(column, value, findings(attacker))
    print(tried)
