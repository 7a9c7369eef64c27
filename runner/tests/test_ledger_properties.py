"""Tampering and sealing at random: nothing is missed or made up, and no row is sealed twice or never."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from conftest import Database
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sealed_trail import (
    FEBRUARY,
    JANUARY,
    MARCH,
    NO_CHECKS,
    findings,
    row_id,
    seal,
    undone,
    wait_for_horizon,
    write,
)

TAMPERINGS = 500
MONTHS = (JANUARY, FEBRUARY, MARCH)
SETTINGS = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
# Every row that is in a leaf index, as often as it is in one.
SEALED_IDS = """
select i.tenant_id, encode(substring(i.leaves from n * 48 + 1 for 16), 'hex')::uuid::text as id, i.block_no
from comply_private.ledger_leaves as i
cross join lateral generate_series(0, octet_length(i.leaves) / 48 - 1) as n
"""


def make_months(conn: psycopg.Connection[Any]) -> None:
    """Make the partitions of the months that tests write to."""
    for month in MONTHS:
        conn.execute(
            "set local role comply_owner;"
            f"select comply_private.make_partition('comply.audit_trail', '{month}')"
        )


@pytest.fixture(scope="module")
def trail(make_database: Callable[..., Database], template: Database) -> Iterator[psycopg.Connection[Any]]:
    """Four tenants, three months, blocks of one row and of many, five checkpoints, and an open end."""
    numbers = {tenant: itertools.count(1) for tenant in ("acme", "globex", "initech", "newcomer")}
    with make_database(template).connect(None) as conn:
        make_months(conn)
        for month, transactions in (
            (JANUARY, [("acme",), ("globex",)]),
            (JANUARY, [("acme",) * 7 + ("globex",), ("globex", "initech")]),
            (FEBRUARY, [("acme",) * 3, ("acme",), ("globex",) * 5]),
            (FEBRUARY, [("acme",)]),
            (MARCH, [("acme",) * 12, ("initech",) * 2]),
        ):
            for tenants in transactions:
                with conn.transaction():
                    for tenant in tenants:
                        write(conn, tenant, next(numbers[tenant]), month)
            seal(conn)
            conn.execute("select comply.checkpoint()")
        with conn.transaction():
            for tenant in ("acme", "newcomer"):
                write(conn, tenant, next(numbers[tenant]), MARCH)
        # From now on nothing stands in an attacker's way, and who looks for the guards still finds them.
        conn.execute(NO_CHECKS)
        for guard in ("tg__refuse", "tg_audit_trail__refuse"):
            conn.execute(
                f"create or replace function comply_private.{guard}() returns trigger language plpgsql"
                " set search_path = pg_catalog, pg_temp as 'begin return null; end'"
            )
        yield conn


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
# PostgreSQL's JSON has no NUL either, and no number that is none.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
# Images are objects, of which a generated column reads the keys.
IMAGES = st.dictionaries(TEXTS, JSON, max_size=4).map(json.dumps)
XIDS = st.integers(3, 600)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tenant_id": st.sampled_from(["acme", "globex", "initech", "newcomer", "nobody"]),
    "id": st.uuids(),
    '"timestamp"': st.datetimes(datetime(2024, 1, 1), datetime(2024, 3, 31), timezones=st.just(UTC)),
    "table_name": TEXTS,
    "record_id": st.uuids(),
    "operation": st.sampled_from(["INSERT", "UPDATE", "DELETE", "TRUNCATE"]),
    "user_id": TEXTS,
    "active_role": TEXTS | st.none(),
    "actor": TEXTS | st.none(),
    "old_values": IMAGES | st.none(),
    "new_values": IMAGES | st.none(),
    "correlation_id": st.uuids() | st.none(),
    "ip_address": (st.ip_addresses(v=4) | st.ip_addresses(v=6)).map(str) | st.none(),
    "user_agent": TEXTS | st.none(),
    "transaction_id": XIDS.map(str),
    "salt": st.uuids() | st.none(),
    "redacted_digest": st.binary(min_size=32, max_size=32) | st.none(),
}
LEDGER = {
    "comply.ledger_blocks": "tenant_id, block_no",
    "comply.ledger_checkpoints": "seq",
    "comply_private.ledger_leaves": "tenant_id, block_no",
    "comply_private.ledger_nodes": "tenant_id, stream, level, node_no",
    "comply_private.ledger_heads": "tenant_id",
}
CHANGED = {
    "bigint": "{} + %s",
    "integer": "{} + %s",
    "bytea": "sha256({} || int4send(%s))",
    "text": "{} || %s::integer",
    "timestamp with time zone": "{} + %s * interval '1 hour'",
    "uuid": "overlay({}::text placing lpad(to_hex(%s::integer), 4, '0') from 33)::uuid",
    "xid8": "({}::text::bigint + %s)::text::xid8",
}


class Attacker:
    """Does one thing at random, and says which rows and tenants it concerns."""

    def __init__(self, conn: psycopg.Connection[Any], data: st.DataObject) -> None:
        self.conn = conn
        self.draw = data.draw
        self.rows = conn.execute(
            "select a.tenant_id, a.id::text from comply.audit_trail as a"
            " where a.transaction_id < (select sealed_to from comply_private.ledger_state) order by 1, 2"
        ).fetchall()
        self.tenants: set[str | None] = {None}
        self.ids: set[str] = set()

    def pick(self, count: int = 1) -> list[tuple[str, str]]:
        """Choose sealed rows."""
        chosen = self.draw(st.lists(st.sampled_from(self.rows), min_size=count, max_size=count, unique=True))
        self.tenants |= {tenant for tenant, _ in chosen}
        self.ids |= {audit_id for _, audit_id in chosen}
        return chosen

    def edit(self) -> None:
        """Give a column of a row another value."""
        [(tenant, audit_id)] = self.pick()
        column = self.draw(st.sampled_from(sorted(VALUES)))
        value = self.draw(VALUES[column])
        if column == "tenant_id":
            self.tenants.add(value)
        self.conn.execute(
            f"update comply.audit_trail set {column} = %s where tenant_id = %s and id = %s",
            [value, tenant, audit_id],
        )

    def delete(self) -> None:
        """Remove rows."""
        for tenant, audit_id in self.pick(self.draw(st.integers(1, 8))):
            self.conn.execute(
                "delete from comply.audit_trail where tenant_id = %s and id = %s", [tenant, audit_id]
            )

    def insert(self) -> None:
        """Slip in a row that is like another."""
        [(tenant, audit_id)] = self.pick()
        self.ids = {str(self.draw(st.uuids()))}
        into = self.draw(VALUES["tenant_id"])
        self.tenants.add(into)
        self.conn.execute(
            'insert into comply.audit_trail (tenant_id, id, "timestamp", table_name, record_id, operation,'
            " user_id, transaction_id) select %s, %s, %s, table_name, record_id, operation, user_id,"
            " least(transaction_id, %s::xid8) from comply.audit_trail where tenant_id = %s and id = %s",
            [
                into,
                *self.ids,
                self.draw(VALUES['"timestamp"']),
                self.draw(VALUES["transaction_id"]),
                tenant,
                audit_id,
            ],
        )

    def swap(self) -> None:
        """Exchange columns between two rows."""
        one, other = self.pick(2)
        columns = self.draw(
            st.lists(
                st.sampled_from(sorted(VALUES.keys() - {"tenant_id", "id"})), min_size=1, unique=True
            ).map(", ".join)
        )
        self.conn.execute(
            f"update comply.audit_trail as a set ({columns}) = (select {columns} from comply.audit_trail as b"
            " where b.id = any (%(ids)s::uuid[]) and b.id <> a.id) where a.id = any (%(ids)s::uuid[])",
            {"ids": [one[1], other[1]]},
        )

    def change_ledger(self) -> None:
        """Give a column of the ledger another value."""
        table, key = self.pick_ledger()
        kinds = self.conn.execute(
            "select quote_ident(attname), format_type(atttypid, null) from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            [table],
        ).fetchall()
        column, kind = self.draw(st.sampled_from(kinds))
        amount = self.draw(st.integers(1000, 30000))
        change = CHANGED[kind].format(column)
        self.conn.execute(
            f"update {table} set {column} = {change} where ctid = %s",
            [str(amount) if kind == "text" else amount, key],
        )

    def delete_ledger(self) -> None:
        """Remove a row of the ledger."""
        table, key = self.pick_ledger()
        self.conn.execute(f"delete from {table} where ctid = %s", [key])

    def pick_ledger(self) -> tuple[str, str]:
        """Choose a row of the ledger: its table, and its place in it."""
        table = self.draw(st.sampled_from(sorted(LEDGER)))
        keys = self.conn.execute(f"select ctid::text from {table} order by {LEDGER[table]}").fetchall()
        return table, self.draw(st.sampled_from(keys))[0]


def leaves(conn: psycopg.Connection[Any]) -> set[tuple[str, str, bytes]]:
    """Return tenant, id and leaf hash of each row of the trail."""
    return set(
        conn.execute(
            "select a.tenant_id, a.id::text, comply_private.audit_trail_leaf(a) from comply.audit_trail as a"
        ).fetchall()
    )


def test_tampering_at_random_misses_none(trail: psycopg.Connection[Any]) -> None:
    """Each row that is not what it was is named, and no other is. Of the ledger, something is said."""
    block_of = {
        audit_id: (tenant, number) for tenant, audit_id, number in trail.execute(SEALED_IDS).fetchall()
    }
    found_of: Counter[str] = Counter()
    of_rows = st.sampled_from(["edit", "edit", "delete", "insert", "swap"])
    of_the_ledger = st.sampled_from(["change_ledger", "delete_ledger"])

    @settings(max_examples=TAMPERINGS, **SETTINGS)
    @given(data=st.data(), deed=of_rows | of_rows | of_the_ledger)
    def tampering(data: st.DataObject, deed: str) -> None:
        assert findings(trail) == []
        before = leaves(trail)
        with undone(trail):
            attacker = Attacker(trail, data)
            getattr(attacker, deed)()
            after = leaves(trail)
            found = findings(trail)

        if deed.endswith("_ledger"):
            assert found
        else:
            named = {what for _, _, what in found if isinstance(what, str)}
            blocks = {(tenant, what) for _, tenant, what in found if isinstance(what, int)}
            changed = {audit_id for _, audit_id, _ in before ^ after}
            must_name = {audit_id for _, audit_id, _ in before - after} or changed
            assert {
                audit_id for audit_id in must_name - named if block_of.get(audit_id) not in blocks
            } == set()
            assert named <= changed
            assert {tenant for _, tenant, _ in found} <= attacker.tenants
            assert bool(found) == bool(changed)
            # Else it was no tampering: the row was given what it had.
            assume(changed)
        found_of[deed] += 1

    tampering()
    assert found_of.total() >= TAMPERINGS, found_of


@pytest.fixture(scope="module")
def open_trail(make_database: Callable[..., Database], template: Database) -> Iterator[Database]:
    """A database with the months of the tests, and nothing in its trail."""
    database = make_database(template)
    with database.connect(None) as conn:
        make_months(conn)
    yield database


def sealed_once(conn: psycopg.Connection[Any]) -> list[str]:
    """Return the ids of the sealed rows; fail where one is sealed twice or is not in the trail."""
    sealed = [audit_id for _, audit_id, _ in conn.execute(SEALED_IDS).fetchall()]
    assert len(sealed) == len(set(sealed))
    there = {audit_id for (audit_id,) in conn.execute("select id::text from comply.audit_trail").fetchall()}
    assert set(sealed) <= there
    return sealed


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["write", "write", "savepoint", "back", "commit", "rollback"])
    )
    | st.tuples(st.just(3), st.sampled_from(["seal", "seal some", "checkpoint"])),
    min_size=25,
    max_size=60,
)


def test_each_committed_row_is_sealed_once_however_writers_and_sealer_take_turns(
    open_trail: Database,
) -> None:
    """Three writers with savepoints, and a sealer between their steps. What was rolled back is nowhere."""
    numbers = itertools.count(1)
    committed: set[str] = set()
    writers = [open_trail.connect(None) for _ in range(3)]
    with open_trail.connect(None) as sealer:

        @settings(max_examples=40, **SETTINGS)
        @given(steps=STEPS)
        def take_turns(steps: list[tuple[int, str]]) -> None:
            # Of each writer: what it has written, in each of its savepoints.
            written: list[list[list[str]]] = [[], [], []]

            def end(who: int, how: str) -> None:
                if written[who]:
                    writers[who].execute(how)
                    if how == "commit":
                        committed.update(itertools.chain(*written[who]))
                    written[who] = []

            for who, step in steps:
                if step == "seal":
                    sealer.execute("select comply.seal_batch()")
                elif step == "seal some":
                    sealer.execute("select comply.seal_batch(batch_rows => 3)")
                elif step == "checkpoint":
                    sealer.execute("select comply.checkpoint()")
                elif step in ("commit", "rollback"):
                    end(who, step)
                else:
                    if not written[who]:
                        writers[who].execute("begin")
                        written[who] = [[]]
                    if step == "write":
                        number = next(numbers)
                        tenant = "globex" if number % 4 == 0 else "acme"
                        write(writers[who], tenant, number, MONTHS[number % 3])
                        written[who][-1].append(row_id(tenant, number))
                    elif step == "savepoint":
                        writers[who].execute(f"savepoint s{len(written[who])}")
                        written[who].append([])
                    elif len(written[who]) > 1:
                        written[who].pop()
                        writers[who].execute(f"rollback to savepoint s{len(written[who])}")
                assert set(sealed_once(sealer)) <= committed
            for who in range(3):
                end(who, "commit")

            seal(sealer)
            assert set(sealed_once(sealer)) == committed
            assert findings(sealer) == []

        take_turns()
    for writer in writers:
        writer.close()
    assert committed


@pytest.fixture(scope="module")
def unsealed(make_database: Callable[..., Database], template: Database) -> Iterator[psycopg.Connection[Any]]:
    """Rows of three tenants, in transactions of one row and of many, of three months; nothing is sealed."""
    with make_database(template).connect(None) as conn:
        make_months(conn)
        for number in range(1, 61):
            with conn.transaction():
                for tenant, count in (
                    ("acme", number % 4),
                    ("globex", number % 3),
                    ("initech", number == 30),
                ):
                    for ordinal in range(count):
                        write(conn, tenant, number * 10 + ordinal, MONTHS[(number + ordinal) % 3])
        wait_for_horizon(conn)
        yield conn


@settings(max_examples=25, **SETTINGS)
@given(sizes=st.lists(st.integers(1, 70), min_size=1, max_size=5), checkpoints=st.booleans())
def test_many_batches_cover_what_one_covers(
    unsealed: psycopg.Connection[Any], sizes: list[int], checkpoints: bool
) -> None:
    """Whatever their sizes: no row twice, none lost, where a limit parts a transaction as well."""
    total = unsealed.execute("select count(*) from comply.audit_trail").fetchone()[0]
    with undone(unsealed):
        assert unsealed.execute("select comply.seal_batch()").fetchone() == (total,)
        at_once = set(sealed_once(unsealed))
        assert len(at_once) == total
        assert findings(unsealed) == []
    with undone(unsealed):
        for size in itertools.cycle(sizes):
            [sealed] = unsealed.execute("select comply.seal_batch(batch_rows => %s)", [size]).fetchone()
            assert sealed <= size
            if checkpoints:
                unsealed.execute("select comply.checkpoint()")
            if sealed < size:
                break
        assert set(sealed_once(unsealed)) == at_once
        unsealed.execute("select comply.checkpoint()")
        assert findings(unsealed) == []


NOON = "'2024-02-20 12:00+00'::timestamptz"


@pytest.fixture(scope="module")
def aging(make_database: Callable[..., Database], template: Database) -> Iterator[psycopg.Connection[Any]]:
    """A database in which it is noon of a day of February 2024, and nothing is in its trail."""
    with make_database(template).connect(None) as conn:
        make_months(conn)
        conn.execute(f"select set_config('comply.now', ({NOON})::text, false)")
        conn.execute("create sequence public.numbers")
        yield conn


@settings(max_examples=25, **SETTINGS)
@given(
    ages=st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=4), min_size=1, max_size=3),
    max_age=st.integers(0, 100),
)
def test_max_age_holds_back_the_young_alone_and_loses_nothing(
    aging: psycopg.Connection[Any], ages: list[list[int]], max_age: int
) -> None:
    """A tenant whose oldest row is younger waits, the others do not; in the end each row is sealed."""
    expected = set(sealed_once(aging))
    for tenant, of_tenant in zip(("acme", "globex", "initech"), ages, strict=False):
        for age in sorted(of_tenant, reverse=True):
            number = aging.execute("select nextval('public.numbers')").fetchone()[0]
            # To the time of `write` come as many hours as the number has over whole days.
            at = f"{NOON} - interval '{number % 24} hours {age} minutes'"
            write(aging, tenant, number, aging.execute(f"select {at}").fetchone()[0])
            if max(of_tenant) >= max_age:
                expected.add(row_id(tenant, number))
    wait_for_horizon(aging)

    aging.execute("select comply.seal_batch(%s * interval '1 minute')", [max_age])
    aging.execute("select comply.checkpoint()")
    assert set(sealed_once(aging)) == expected
    assert findings(aging) == []
    aging.execute("select comply.seal_batch()")
    assert len(sealed_once(aging)) == aging.execute("select count(*) from comply.audit_trail").fetchone()[0]
    assert findings(aging) == []
