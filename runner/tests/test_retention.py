"""Retention, whatever is planned, held, archived, killed or done twice: what is expired goes, no more."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from conftest import Database, wait_until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retained import (
    APPROVER,
    ENFORCE,
    OPERATOR,
    approve,
    archive_what_is_due,
    enforce_until_killed,
    fill,
    finish,
    in_background,
    month,
    nothing_is_wrong,
    prepare,
    rows,
    seal,
)

TENANTS = ("acme", "globex", "initech")
AGO = [10, 9, 8]
KILLS = 100
# None of these ends within days of now for a month of AGO.
KEEPS = [30, 200, 250, 300, 4000]
HOURS = st.integers(0, 27 * 24)
POLICIES = st.tuples(st.sampled_from(KEEPS), st.sampled_from(["archive", "delete"]), st.booleans())
HOLDS = st.tuples(
    st.sampled_from(TENANTS), st.sampled_from(AGO), HOURS | st.none(), st.integers(1, 500) | st.none()
)


@pytest.fixture(scope="module")
def months(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with three tenants and three months that are over, to be copied."""
    database = make_database(template)
    prepare(database, AGO, TENANTS)
    return database


def span(hold: tuple[str, int, int | None, int | None]) -> tuple[datetime | None, datetime | None]:
    """Return what a hold covers: from hours into a month on, for so many; null is open."""
    _, ago, start, hours = hold
    begin = None if start is None else month(ago) + timedelta(hours=start)
    until = None if hours is None else (begin or month(ago)) + timedelta(hours=hours)
    return begin, until


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    policies=st.lists(POLICIES, min_size=3, max_size=3),
    held=st.lists(HOLDS, max_size=3),
    times=st.lists(
        st.tuples(st.sampled_from(TENANTS), st.sampled_from(AGO), st.lists(HOURS, max_size=40)), max_size=9
    ),
    share=st.sampled_from([0, 0.4, 1]),
    batch_rows=st.integers(1, 20),
    kills=st.lists(st.floats(0, 0.08), max_size=5),
)
def test_exactly_what_the_rules_let_go_is_gone(
    months: Database,
    make_database: Callable[..., Database],
    policies: list[tuple[int, str, bool]],
    held: list[tuple[str, int, int | None, int | None]],
    times: list[tuple[str, int, list[int]]],
    share: float,
    batch_rows: int,
    kills: list[float],
) -> None:
    """Random rules, holds, ages and crashes: every gone row has one certificate, every held row is there."""
    database = make_database(months)
    with database.connect(None) as conn:
        conn.execute(
            "select comply.set_retention_settings(rewrite_share => %s, batch_rows => %s)", [share, batch_rows]
        )
        for tenant, (days, action, needs_approval) in zip(TENANTS, policies, strict=True):
            conn.execute(
                "select comply.set_retention_policy(%s, 'storage_records', %s, 'a contract', %s, %s)",
                [tenant, timedelta(days=days), action, needs_approval],
            )
        for tenant, ago, hours in times:
            fill(conn, tenant, [month(ago) + timedelta(hours=h) for h in hours])
        for number, hold in enumerate(held):
            conn.execute(
                "select comply.place_hold(%s, %s, 'a test', %s, %s)", [hold[0], f"case {number}", *span(hold)]
            )
        before = rows(conn)

        for after_s in kills:
            enforce_until_killed(database, after_s)
            approve(database)
            archive_what_is_due(conn)
        finish(database)

        now = datetime.now(UTC)
        keep = {tenant: timedelta(days=policy[0]) for tenant, policy in zip(TENANTS, policies, strict=True)}

        def is_gone(tenant: str, at: datetime) -> bool:
            ends = next(month(ago - 1) for ago in AGO if at < month(ago - 1) and at >= month(ago))
            return ends + keep[tenant] <= now and not any(
                hold[0] == tenant and (begin is None or at >= begin) and (until is None or at < until)
                for hold in held
                for begin, until in [span(hold)]
            )

        assert set(rows(conn)) == {id_ for id_, row in before.items() if not is_gone(*row)}
        nothing_is_wrong(conn, before)


def many_months(database: Database, ago: list[int], action: str) -> dict[str, tuple[str, datetime]]:
    """Fill months of all three verdicts, one after the other: dropped, rewritten, deleted in batches."""
    prepare(database, ago, TENANTS)
    with database.connect(None) as conn:
        conn.execute("select comply.set_retention_settings(batch_rows => 10)")
        for tenant, days in (("acme", 30), ("globex", 30), ("initech", 36500)):
            conn.execute(
                "select comply.set_retention_policy(%s, 'storage_records', %s, 'a contract', %s, false)",
                [tenant, timedelta(days=days), action],
            )
        for number, each in enumerate(ago):
            kept = (0, 20, 200)[number % 3]
            for tenant, count in (("acme", 50), ("globex", 30), ("initech", kept)):
                fill(conn, tenant, [month(each) + timedelta(hours=h) for h in range(count)])
        return rows(conn)


def test_a_hundred_kills_lose_nothing_and_double_nothing(installed: Database) -> None:
    """Killed at random times, a run is continued by the next."""
    chance = random.Random(20260101)  # noqa: S311
    ago = list(range(3, 21))
    before = many_months(installed, ago, "archive")
    kills = 0
    with installed.connect(None) as conn:
        while kills < KILLS:
            if enforce_until_killed(installed, chance.uniform(0, 0.12)):
                kills += 1
            elif conn.execute(
                "select count(*) from comply.retention_items where state not in ('dropped', 'refused')"
            ).fetchone() == (0,):
                # All done before its time: more of it, in older months.
                ago = list(range(ago[-1] + 1, ago[-1] + 7))
                prepare(installed, ago, ())
                for each in ago:
                    fill(conn, "acme", [month(each) + timedelta(hours=h) for h in range(30)])
                before |= rows(conn)
            if kills % 5 == 0:
                archive_what_is_due(conn)
        finish(installed)
        assert {tenant for tenant, _ in rows(conn).values()} == {"initech"}
        assert conn.execute("select * from comply.retention_items where state = 'refused'").fetchall() == []
        left = rows(conn)
        assert [id_ for id_, row in before.items() if row[0] == "initech" and id_ not in left] == []
        assert_certified_once(conn, before)


def assert_certified_once(conn: psycopg.Connection[Any], before: dict[str, tuple[str, datetime]]) -> None:
    """Assert that certificates count what is gone, and that nothing else is wrong."""
    (destroyed,) = conn.execute(
        "select sum(rows_destroyed) from comply.destruction_certificates where table_name = 'storage_records'"
    ).fetchone()
    assert destroyed == len(before) - len(rows(conn))
    assert conn.execute("select * from comply.verify_records('storage_records')").fetchall() == []
    seal(conn)
    assert conn.execute("select * from comply.verify_audit()").fetchall() == []


def test_a_kill_before_each_commit_leaves_the_step_to_the_next_run(installed: Database) -> None:
    """Every step of every verdict is done, killed before it is committed, and done again."""
    before = many_months(installed, [10, 9, 8], "archive")
    states: list[str] = []
    with installed.connect(None) as conn, installed.connect(OPERATOR) as operator:
        operator.execute("select comply.plan_retention()")
        for (item,) in conn.execute("select id from comply.retention_items order by month").fetchall():
            look = "select state, verdict from comply.retention_items where id = %s"
            while conn.execute(look, [item]).fetchone()[0] != "dropped":
                was = conn.execute(look, [item]).fetchone()
                with installed.connect(OPERATOR) as doomed, pytest.raises(psycopg.OperationalError):
                    doomed.execute("begin")
                    moved = doomed.execute("select comply.advance_retention(%s)", [item]).fetchone()[0]
                    conn.execute("select pg_terminate_backend(%s)", [doomed.info.backend_pid])
                    doomed.execute("commit")
                assert conn.execute(look, [item]).fetchone() == was
                operator.execute("select comply.advance_retention(%s)", [item])
                states.append(" ".join(reversed(was)))
                if not moved:
                    archive_what_is_due(conn)
        assert set(states) == {
            *(f"DROP {s}" for s in ("planned", "approved", "archived", "verified", "detached", "grace")),
            *(
                f"{v} {s}"
                for v in ("REWRITE", "BATCH")
                for s in ("planned", "approved", "archived", "verified")
            ),
        }
        nothing_is_wrong(conn, before)


def test_two_runs_at_once_share_the_work(installed: Database) -> None:
    """Neither waits for the other for long, and nothing is done twice."""
    before = many_months(installed, list(range(3, 15)), "delete")
    with in_background(installed, ENFORCE) as first, in_background(installed, ENFORCE) as second:
        pass
    assert first == second == []
    finish(installed)
    with installed.connect(None) as conn:
        nothing_is_wrong(conn, before)
        assert conn.execute(
            "select count(*), count(distinct month) from comply.retention_items"
            " where table_name = 'storage_records'"
        ).fetchone() == (12, 12)


def test_a_hold_that_is_placed_during_a_run_is_seen_or_waits(installed: Database) -> None:
    """Once it is placed nothing of the tenant goes any more; and it waits for one step at most."""
    before = many_months(installed, list(range(3, 15)), "delete")
    held = None
    with installed.connect(None) as conn:
        with in_background(installed, ENFORCE) as failures:
            wait_until(installed, "select count(*) > 0 from comply.destruction_certificates")
            began = time.monotonic()
            conn.execute("select comply.place_hold('acme', 'case 7', 'a test')")
            waited = time.monotonic() - began
            # Between two steps, as each of them changes an item: what is there now stays.
            with conn.transaction():
                conn.execute("lock table comply.retention_items in share mode")
                held = {id_ for id_, row in rows(conn).items() if row[0] == "acme"}
                away = conn.execute(
                    "select count(*) from comply.retention_items where state in ('detached', 'grace')"
                ).fetchone()[0]
        assert failures == []
        assert waited < 3
        finish(installed)
        left = {id_ for id_, row in rows(conn).items() if row[0] == "acme"}
        assert left >= held
        assert left == held or away > 0
        assert len(left) > 0
        nothing_is_wrong(conn, before)


def test_a_hold_that_is_being_placed_stops_what_destroys(installed: Database) -> None:
    """A step waits for its transaction and then sees it, or gives up; it never goes by it."""
    many_months(installed, [10, 9, 8], "delete")
    with installed.connect(None) as holder, installed.connect(OPERATOR) as operator:
        with holder.transaction():
            holder.execute(
                "select comply.place_hold(t, 'case 7', 'a test') from unnest(array['acme', 'globex']) as t"
            )
            operator.execute(ENFORCE)
            # Planned from what is committed, stopped where it would destroy.
            states = "select distinct state from comply.retention_items"
            assert holder.execute(states).fetchall() == [("verified",)]
        operator.execute(ENFORCE)
        assert holder.execute("select distinct state from comply.retention_items").fetchall() == [
            ("refused",)
        ]
        assert holder.execute("select count(*) from comply.destruction_certificates").fetchone() == (0,)
        with pytest.raises(psycopg.ProgrammingError) as error:
            operator.execute("set default_transaction_isolation = 'repeatable read'")
            holder.execute(
                "select comply.release_hold(t, 'case 7', 'over') from unnest(array['acme', 'globex']) as t"
            )
            operator.execute(ENFORCE)
        assert error.value.sqlstate == "PC308"


def test_nobody_waits_longer_than_the_lock_timeout(installed: Database) -> None:
    """A reader that stays keeps a month in its place; who comes after the run does not wait for it."""
    many_months(installed, [10, 9, 8], "delete")
    stop, longest = threading.Event(), [0.0]

    def write() -> None:
        with installed.connect(None) as conn:
            while not stop.is_set():
                began = time.monotonic()
                fill(conn, "initech", [datetime.now(UTC)])
                longest[0] = max(longest[0], time.monotonic() - began)

    writer = threading.Thread(target=write)
    with installed.connect(None) as reader, installed.connect(OPERATOR) as operator:
        with reader.transaction():
            reader.execute("select count(*) from comply.storage_records")
            writer.start()
            operator.execute(ENFORCE)
            assert reader.execute(
                "select distinct state from comply.retention_items where verdict <> 'BATCH'"
            ).fetchall() == [("verified",)]
        operator.execute(ENFORCE)
        stop.set()
        writer.join()
        assert reader.execute("select distinct state from comply.retention_items").fetchall() == [
            ("dropped",)
        ]
    assert longest[0] < 1


def test_who_approved_does_not_carry_out(installed: Database) -> None:
    """The planner, the approver and the executor: the approver is neither of the others."""
    many_months(installed, [10], "delete")
    with installed.connect(None) as conn, installed.connect(APPROVER) as approver:
        conn.execute(
            "select comply.set_retention_policy(t, 'storage_records', '30 days', 'a contract', 'delete')"
            " from unnest(array['acme', 'globex']) as t"
        )
        with installed.connect(OPERATOR) as operator:
            operator.execute(ENFORCE)
            (item,) = conn.execute("select id from comply.retention_items where state = 'planned'").fetchone()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                operator.execute("select comply.approve_retention(%s)", [item])
            approver.execute("select comply.approve_retention(%s)", [item])
            approver.execute(ENFORCE)
            assert conn.execute(
                "select state from comply.retention_items where id = %s", [item]
            ).fetchone() == ("approved",)
            operator.execute(ENFORCE)
        certificates = conn.execute(
            "select distinct planned_by, approved_by, executed_by from comply.destruction_certificates"
        ).fetchall()
        assert certificates == [(OPERATOR, APPROVER, OPERATOR)]


@pytest.mark.parametrize("action", ["delete", "archive"])
def test_months_of_evidence_go_as_a_whole(installed: Database, action: str) -> None:
    """The trail, the reads and the refusals go by their own rules, the longest of all tenants."""
    old = month(30)
    prepare(installed, [], TENANTS)
    with installed.connect(None) as conn, installed.connect(OPERATOR) as operator:
        for table in ("audit_trail", "access_log", "security_events"):
            conn.execute("begin; set local role comply_owner")
            conn.execute(f"select comply_private.make_partition('comply.{table}', %s)", [old])
            conn.execute("commit")
        for tenant in ("acme", "globex"):
            conn.execute(
                'insert into comply.audit_trail (tenant_id, id, "timestamp", table_name, record_id,'
                " operation, user_id, transaction_id)"
                " select %s, comply.new_id(), %s::timestamptz + n * interval '1 hour', 'storage_records',"
                " comply.new_id(), 'INSERT', 'ana', pg_current_xact_id()"
                " from generate_series(1, 20) as n",
                [tenant, old],
            )
            conn.execute(
                'insert into comply.security_events (tenant_id, id, "timestamp", code, message, user_id, seq,'
                " transaction_id)"
                " select %s, comply.new_id(), %s::timestamptz + n * interval '1 hour', '42501', 'denied',"
                " 'ana', n, pg_current_xact_id() from generate_series(1, 20) as n",
                [tenant, old],
            )
        for table in ("audit_trail", "security_events"):
            for tenant, days in (("acme", 400), ("globex", 36500)):
                conn.execute(
                    "select comply.set_retention_policy(%s, %s, %s, 'a law', %s, false)",
                    [tenant, table, timedelta(days=days), action],
                )
        seal(conn)
        operator.execute(ENFORCE)
        assert conn.execute("select count(*) from comply.retention_items").fetchone() == (0,)
        plan = "select distinct verdict, reason from comply.retention_plan() where tenant = 'acme'"
        assert {row[0] for row in conn.execute(plan).fetchall()} == {"KEEP"}

        for table in ("audit_trail", "security_events"):
            conn.execute(
                "select comply.set_retention_policy('globex', %s, '400 days', 'a law', %s, false)",
                [table, action],
            )
        conn.execute(
            "select comply.place_hold('globex', 'case 7', 'a test', %s, %s)", [old, old + timedelta(hours=1)]
        )
        operator.execute(ENFORCE)
        assert conn.execute("select count(*) from comply.retention_items").fetchone() == (0,)

        conn.execute("select comply.release_hold('globex', 'case 7', 'over')")
        seal(conn)
        operator.execute(ENFORCE)
        archive_what_is_due(conn)
        operator.execute(ENFORCE)
        assert conn.execute("select table_name, state from comply.retention_items order by 1").fetchall() == [
            ("audit_trail", "dropped"),
            ("security_events", "dropped"),
        ], conn.execute("select table_name, state, reason from comply.retention_items").fetchall()
        certificates = conn.execute(
            "select table_name, tenant_id, rows_destroyed, verdict, basis, archive_ids is null, executed_by"
            " from comply.destruction_certificates order by 1, 2"
        ).fetchall()
        assert certificates == [
            (table, tenant, 20, "DROP", "a law", action == "delete", OPERATOR)
            for table in ("audit_trail", "security_events")
            for tenant in ("acme", "globex")
        ]
        for table in ("audit_trail", "security_events"):
            (left,) = conn.execute(
                f'select count(*) from comply.{table} where "timestamp" < %s', [month(29)]
            ).fetchone()
            assert left == 0
        seal(conn)
        assert conn.execute("select * from comply.verify_audit()").fetchall() == []


def test_evidence_that_was_changed_since_it_was_verified_stays(installed: Database) -> None:
    """A sealed month is not taken out of its table, so it is compared once more when it is to go."""
    old = month(30)
    prepare(installed, [], TENANTS)
    write = (
        'insert into comply.audit_trail (tenant_id, id, "timestamp", table_name, record_id, operation,'
        " user_id, transaction_id) values ('acme', comply.new_id(), %s, 'storage_records', comply.new_id(),"
        " 'INSERT', 'ana', pg_current_xact_id())"
    )
    with installed.connect(None) as conn, installed.connect(OPERATOR) as operator:
        with conn.transaction():
            conn.execute("set local role comply_owner")
            conn.execute("select comply_private.make_partition('comply.audit_trail', %s)", [old])
        conn.execute(write, [old])
        conn.execute("select comply.set_retention_settings(grace => '1 day')")
        conn.execute(
            "select comply.set_retention_policy('*', 'audit_trail', '400 days', 'a law', 'delete', false)"
        )
        operator.execute(ENFORCE)
        look = "select state, reason from comply.retention_items where table_name = 'audit_trail'"
        assert conn.execute(look).fetchone()[0] == "grace"
        conn.execute(write, [old])
        conn.execute("update comply.retention_items set grace_until = now()")
        operator.execute(ENFORCE)
        assert ("refused", "rows were changed since they were verified") in conn.execute(look).fetchall()
        (left,) = conn.execute(
            'select count(*) from comply.audit_trail where "timestamp" < %s', [month(29)]
        ).fetchone()
        assert left == 2
