"""Every fault of a schema at once, every cure as it was handed out, and what is left after that."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import Database

SHOP = Path(__file__).parents[2] / "tests_sql/assessment/shop.psql"
# What takes a commit, or a vacuum, and so has no place in a test that is rolled back.
COMMITTED = [
    (
        "table_bloated",
        "test_shop.bloated",
        """
        create table test_shop.bloated (id bigint primary key, body text not null) with (fillfactor = 10);
        insert into test_shop.bloated select i, repeat('x', 700) from generate_series(1, 4000) as i;
        alter table test_shop.bloated reset (fillfactor);
        analyze test_shop.bloated;
        """,
    ),
    (
        "index_bloated",
        "test_shop.thin_key_idx",
        """
        create table test_shop.thin (id bigint primary key, key text not null);
        insert into test_shop.thin select i, md5(i::text) from generate_series(1, 250000) as i;
        create unique index thin_key_idx on test_shop.thin (key) with (fillfactor = 30);
        alter index test_shop.thin_key_idx reset (fillfactor);
        analyze test_shop.thin;
        """,
    ),
    (
        "dead_rows",
        "test_shop.dead",
        """
        create table test_shop.dead (id bigint primary key) with (autovacuum_vacuum_threshold = 2000000000);
        insert into test_shop.dead select i from generate_series(1, 40000) as i;
        analyze test_shop.dead;
        delete from test_shop.dead where id % 2 > 0;
        """,
    ),
    (
        "table_scanned",
        "test_shop.scanned",
        """
        create table test_shop.scanned (id bigint primary key, code bigint not null);
        insert into test_shop.scanned select i, i from generate_series(1, 10000) as i;
        analyze test_shop.scanned;
        do $$ begin for i in 1..1000 loop perform from test_shop.scanned where code = i; end loop; end $$;
        """,
    ),
]
# Says how to find a cure, and is none; and what no statement of one's own wears off.
NO_CURE = {"table_scanned", "not_seen"}


@pytest.fixture
def shop(installed: Database) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to a database with the shop in it, and its faults in a table."""
    with installed.connect(None) as conn:
        conn.execute(SHOP.read_text())
        # Somebody who was in the shop meanwhile reads what its tables are for.
        conn.execute("select set_config('comply.now', '2099-01-01', false)")
        yield conn


def found(conn: psycopg.Connection[Any], schema: str = "test_shop") -> list[tuple[str, str, str]]:
    """Return rule, subject and cure of all that is found."""
    conn.execute("select pg_stat_force_next_flush()")
    return conn.execute("select rule, subject, cure from comply.assess_schema(%s)", [schema]).fetchall()


def cure(conn: psycopg.Connection[Any], text: str) -> None:
    """Run a cure as a person would, statement by statement, outside of a transaction."""
    for statement in re.findall(r"(?:begin atomic.*?end|'(?:[^']|'')*'|[^;])+?;", text):
        conn.execute(statement)


def test_every_fault_is_found_and_every_cure_cures(shop: psycopg.Connection[Any]) -> None:
    # What one fault breaks another would repair, or hide, such as two policies on a table.
    apart = {"index_redundant", "policy_open", "unique_across_tenants", "tenant_rows_open"}
    planted = shop.execute("select rule, subject, statement from fault").fetchall()
    together = [fault for fault in planted if fault[0] not in apart] + COMMITTED
    for faults in (*([fault] for fault in planted if fault[0] in apart), together):
        for _, _, statement in faults:
            shop.execute(statement)
        first = found(shop)
        assert {fault[:2] for fault in first} == {fault[:2] for fault in faults}
        assert len(first) == len(faults)
        # A cure may bring to light what was hidden: a column that is added has no index.
        for _ in range(5):
            for rule, _, text in found(shop):
                if rule not in NO_CURE:
                    cure(shop, text)
        assert [fault for fault in found(shop) if fault[0] not in NO_CURE] == []
    shop.execute("drop table test_shop.scanned")
    assert found(shop) == []
