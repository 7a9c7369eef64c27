"""Outside a transaction block a context ends with its statement; comply.enter() warns where it can know.

Only a client sees a WARNING, and only by what a client sends, one statement or several, as text or with
parameters, can PostgreSQL know.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from conftest import Database

ENTER = "select comply.enter('acme')"
Client = tuple[psycopg.Connection[Any], list[tuple[str | None, ...]]]


@pytest.fixture
def client(installed: Database) -> Iterator[Client]:
    """A connection in autocommit, and the notices that it was sent: severity, message, hint."""
    notices: list[tuple[str | None, ...]] = []
    with installed.connect(None) as conn:
        conn.execute("insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'Acme')")
        conn.add_notice_handler(lambda n: notices.append((n.severity, n.message_primary, n.message_hint)))
        yield conn, notices


@pytest.mark.parametrize(
    "text", [ENTER, f"{ENTER};", f"{ENTER} ;\n", f"/* a note */ {ENTER}", ENTER.replace("select", "SELECT")]
)
def test_a_lone_statement_is_warned(client: Client, text: str) -> None:
    conn, notices = client
    conn.execute(text)
    assert notices == [
        (
            "WARNING",
            "the context of tenant acme ends with this statement",
            "Say BEGIN first: a context lasts until its transaction ends.",
        )
    ]
    assert conn.execute("select comply.current_tenant()").fetchone() == (None,)


@pytest.mark.parametrize(
    "text",
    [
        f"begin; {ENTER}",
        f"begin; {ENTER}; commit",
        f"{ENTER}; select count(*) from comply.storage_records",
        f"select 1; {ENTER}",
        f"set application_name = 'several'; {ENTER};",
    ],
)
def test_several_statements_in_one_string_are_not(client: Client, text: str) -> None:
    conn, notices = client
    conn.execute(text)
    assert notices == []


def test_a_transaction_block_is_not(client: Client) -> None:
    conn, notices = client
    with conn.transaction():
        conn.execute(ENTER)
        assert conn.execute("select comply.current_tenant()").fetchone() == ("acme",)
    with conn.transaction():
        conn.execute("select comply.enter(%s, %s)", ["acme", "ana"])
        with conn.transaction():
            conn.execute(ENTER)
    assert notices == []


def test_what_shares_the_statement_still_has_the_context(client: Client) -> None:
    conn, notices = client
    several = conn.execute(f"{ENTER}; select comply.current_tenant()")
    assert several.nextset()
    assert several.fetchone() == ("acme",)
    assert conn.execute("select comply.current_tenant()").fetchone() == (None,)
    assert notices == []
