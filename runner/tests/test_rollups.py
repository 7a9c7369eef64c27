"""Rollups, whatever is written, undone, late, dropped, put back or killed: they are what the records are."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import reduce
from typing import Any

import psycopg
import pytest
from background import in_background
from conftest import Database
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from retained import OPERATOR, fill, finish, month, prepare

CHANCE = random.Random()  # noqa: S311
REFRESH = "call comply.refresh_rollups()"
# Adds what is tiny to what is not.
EXACT = Context(prec=1000)
MONTHS = [datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 2, 1, tzinfo=UTC)]
TENANTS = ("acme", "globex")
LABELS = ("OTHER.Safe", "PII.Person.Name", "PII.Contact.Email")
RECORD = (
    'insert into comply.storage_records (tenant_id, "timestamp", source_data_hash, detector_type,'
    " model_version, mapped_data, confidence_score) select t, at, repeat('a', 64), d, m, l, c"
    " from unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::jsonb[], %s::double precision[])"
    " as r (t, at, d, m, l, c)"
)


def expected(conn: psycopg.Connection[Any]) -> dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]:
    """Return what each rollup has to say, counted from the records here, one by one."""
    sums: dict[str, dict[tuple[Any, ...], list[Any]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, []]))
    for tenant, at, detector, model, labels, confidence in conn.execute(
        "select tenant_id, \"timestamp\", detector_type, model_version, mapped_data -> 'labels',"
        " confidence_score from comply.storage_records"
    ):
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        for name, kind, start, at_start in (
            ("hourly", "hour", hour, hour),
            ("daily", "day", day, day.date()),
        ):
            for rollup, key in [
                (f"{name}_rollups", (tenant, at_start, detector, model)),
                (f"{name}_totals", (kind, start, detector, model, "*")),
                *(
                    (f"{name}_label_rollups", (tenant, at_start, detector, model, each))
                    for each in set(labels)
                ),
                *([("daily_tenant_rollups", (tenant, at_start))] if kind == "day" else []),
                *(
                    ("label_totals", ("label", start, detector, model, x))
                    for x in set(labels)
                    if kind == "day"
                ),
            ]:
                entry = sums[rollup][key]
                entry[0] += 1
                entry[1] += labels != ["OTHER.Safe"]
                entry[2] += [] if confidence is None else [confidence]
    return {
        rollup: {
            key: (
                records,
                *([] if "label" in rollup else [flagged]),
                len(scores),
                reduce(EXACT.add, (Decimal(f"{score:.15g}") for score in scores), Decimal(0)),
                *([] if "tenant" in rollup else [min(scores, default=None), max(scores, default=None)]),
            )
            for key, (records, flagged, scores) in entries.items()
        }
        for rollup, entries in sums.items()
    }


def stored(conn: psycopg.Connection[Any]) -> dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]:
    """Return what each rollup says."""
    found: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
    totals = "rollup_totals where kind = "
    for rollup, keys, source in (
        ("hourly_rollups", 4, "hourly_rollups"),
        ("hourly_label_rollups", 5, "hourly_label_rollups"),
        ("daily_rollups", 4, "daily_rollups"),
        ("daily_label_rollups", 5, "daily_label_rollups"),
        ("daily_tenant_rollups", 2, "daily_tenant_rollups"),
        ("hourly_totals", 5, f"{totals} 'hour'"),
        ("daily_totals", 5, f"{totals} 'day'"),
        ("label_totals", 5, f"{totals} 'label'"),
    ):
        if rows := conn.execute(f"select * from comply.{source}").fetchall():
            found[rollup] = {
                tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in row[:keys]): tuple(
                    v for n, v in enumerate(row[keys:]) if rollup != "label_totals" or n != 1
                )
                for row in rows
            }
    return found


def rollups_are_right(conn: psycopg.Connection[Any]) -> None:
    """Assert that the rollups are what is counted here, and that the database says so as well."""
    assert stored(conn) == expected(conn)
    assert conn.execute("select * from comply.verify_rollups()").fetchall() == []
    assert conn.execute("select count(*) from comply_private.rollup_batch").fetchone() == (0,)


def partition(at: datetime, schema: str = "comply") -> str:
    """Return the name of the partition of a month."""
    return f"{schema}.storage_records_{at:%Y_%m}"


def make(conn: psycopg.Connection[Any], at: datetime) -> None:
    """Make the partition of a month that is not there."""
    with conn.transaction():
        conn.execute("set local role comply_owner")
        conn.execute("select comply_private.make_partition('comply.storage_records', %s)", [at])


def add(
    conn: psycopg.Connection[Any], records: list[tuple[str, datetime, str, str, list[str], float | None]]
) -> None:
    """Write records in one statement."""
    columns = list(zip(*records, strict=True))
    conn.execute(
        RECORD,
        [*map(list, columns[:4]), [Jsonb({"labels": labels}) for labels in columns[4]], list(columns[5])],
    )


@pytest.fixture(scope="module")
def records(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with two tenants."""
    database = make_database(template)
    with database.connect(None) as conn:
        for tenant in TENANTS:
            conn.execute("select comply.add_tenant(%s)", [tenant])
    return database


AT = st.builds(
    lambda month, minutes: month + timedelta(minutes=minutes),
    st.sampled_from(MONTHS),
    # Both sides of an hour, a day and a month.
    st.sampled_from([0, 1, 59, 60, 61, 1439, 1440, 28 * 1440 - 1]) | st.integers(0, 28 * 1440 - 1),
)
CONFIDENCE = st.none() | st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1, allow_subnormal=False)
LABEL_SETS = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3)
RECORDS = st.tuples(
    st.sampled_from(TENANTS),
    AT,
    st.sampled_from(["presidio", "llama-guard"]),
    st.sampled_from(["v1", "v2"]),
    LABEL_SETS,
    CONFIDENCE,
)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(RECORDS, min_size=1, max_size=6)),
    st.tuples(st.just("add late"), st.lists(RECORDS, min_size=1, max_size=3)),
    st.tuples(st.just("commit"), st.booleans()),
    st.tuples(st.just("change"), st.integers(0, 3), LABEL_SETS | st.none(), CONFIDENCE),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("refresh"), st.integers(1, 5) | st.just(100000)),
    st.tuples(st.just("truncate"), st.sampled_from(MONTHS)),
    st.tuples(st.just("drop"), st.sampled_from(MONTHS)),
    st.tuples(st.just("take out"), st.sampled_from(MONTHS)),
    st.tuples(st.just("put back"), st.sampled_from(MONTHS)),
)


def take_step(conn: psycopg.Connection[Any], late: psycopg.Connection[Any], step: tuple[Any, ...]) -> None:
    """Do what a step says; `late` is a transaction that stays open until a step ends it."""
    match step:
        case ("add" | "add late", rows):
            there = {
                at
                for at in MONTHS
                if conn.execute("select to_regclass(%s) is not null", [partition(at)]).fetchone() == (True,)
            }
            if rows := [row for row in rows if row[1].replace(day=1, hour=0, minute=0) in there]:
                add(late if step[0] == "add late" else conn, rows)
        case ("commit", is_kept):
            late.commit() if is_kept else late.rollback()
        case ("change", nth, labels, confidence):
            conn.execute(
                "update comply.storage_records set mapped_data = coalesce(%s, mapped_data),"
                ' confidence_score = %s where ("timestamp", id) = (select "timestamp", id'
                " from comply.storage_records order by id offset %s limit 1)",
                [labels and Jsonb({"labels": labels}), confidence, nth],
            )
        case ("delete", nth):
            conn.execute(
                'delete from comply.storage_records where ("timestamp", id) in (select "timestamp", id'
                " from comply.storage_records order by source_data_hash, id limit %s)",
                [nth],
            )
        case ("refresh", batch_rows):
            while conn.execute("select comply.refresh_rollup_batch(%s)", [batch_rows]).fetchone() == (True,):
                pass
            rollups_are_right(conn)
        case (what, at):
            late.commit()
            change_month(conn, what, at)


def change_month(conn: psycopg.Connection[Any], what: str, at: datetime) -> None:
    """Empty, drop, take out or put back the partition of a month."""
    is_there, is_out = conn.execute(
        "select to_regclass(%s) is not null, to_regclass(%s) is not null",
        [partition(at), partition(at, "comply_private")],
    ).fetchone()
    match what:
        case "truncate" if is_there:
            conn.execute(f"truncate {partition(at)}")
        case "drop" if is_there:
            conn.execute(f"drop table {partition(at)}")
        case "drop" if not is_out:
            make(conn, at)
        case "take out" if is_there:
            with conn.transaction():
                conn.execute("set local role comply_owner")
                conn.execute("select comply_private.take_out_month('storage_records', %s)", [at])
        case "put back" if is_out:
            with conn.transaction():
                conn.execute("set local role comply_owner")
                conn.execute("select comply_private.put_back_month('storage_records', %s)", [at])


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
# The month goes between a record and the refresh that would have added it, and comes back with another.
@example(
    steps=[
        ("add", [("acme", MONTHS[0], "presidio", "v1", ["OTHER.Safe"], 0.5)]),
        ("refresh", 1),
        ("add", [("acme", MONTHS[0], "presidio", "v1", ["OTHER.Safe"], 0.25)]),
        ("take out", MONTHS[0]),
        ("refresh", 1),
        ("put back", MONTHS[0]),
        ("add", [("acme", MONTHS[0], "presidio", "v1", ["OTHER.Safe"], 0.125)]),
    ]
)
def test_rollups_are_what_the_records_are(records: Database, steps: list[tuple[Any, ...]]) -> None:
    """Random writes, some committed late or never, and months that go and come, refreshed now and then."""
    with records.connect(None) as conn, psycopg.connect(records.admin_dsn) as late:
        for at in MONTHS:
            conn.execute(f"drop table if exists {partition(at)}, {partition(at, 'comply_private')}")
            make(conn, at)
        for step in steps:
            take_step(conn, late, step)
        late.commit()
        conn.execute(REFRESH)
        rollups_are_right(conn)


@pytest.fixture
def counted(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with two tenants and three records, which are counted."""
    database = make_database(template)
    with database.connect(None) as conn:
        for tenant in TENANTS:
            conn.execute("select comply.add_tenant(%s)", [tenant])
        fill(conn, "acme", [datetime.now(UTC)] * 3)
        conn.execute(REFRESH)
    return database


def test_what_commits_late_is_counted_once(counted: Database) -> None:
    """It began before, and its rows are older than, what several refreshes have counted."""
    now = datetime.now(UTC)
    with counted.connect(None) as conn, psycopg.connect(counted.admin_dsn) as late:
        fill(late, "acme", [now] * 5)
        for _ in range(3):
            fill(conn, "acme", [now])
            conn.execute(REFRESH)
            rollups_are_right(conn)
        late.commit()
        conn.execute(REFRESH)
        rollups_are_right(conn)
        assert conn.execute("select sum(records) from comply.daily_rollups").fetchone() == (11,)


def test_a_change_that_commits_while_its_hour_is_counted_anew_is_counted_once(counted: Database) -> None:
    now = datetime.now(UTC)
    with counted.connect(None) as conn, psycopg.connect(counted.admin_dsn) as late:
        fill(late, "acme", [now] * 5)
        conn.execute(
            "delete from comply.storage_records where id = (select id from comply.storage_records limit 1)"
        )
        with psycopg.connect(counted.admin_dsn) as refresher:
            refresher.execute("set transaction isolation level repeatable read")
            refresher.execute("select 1")
            late.commit()
            refresher.execute("select comply.refresh_rollup_batch()")
            refresher.commit()
        assert conn.execute("select sum(records) from comply.daily_rollups").fetchone() == (2,)
        conn.execute(REFRESH)
        rollups_are_right(conn)
        assert conn.execute("select sum(records) from comply.daily_rollups").fetchone() == (7,)


def test_nobody_waits(counted: Database) -> None:
    """Neither writers for a refresh, nor a refresh for writers, nor one refresh for another."""
    now = datetime.now(UTC)
    with (
        counted.connect(None) as other,
        psycopg.connect(counted.admin_dsn) as writer,
        psycopg.connect(counted.admin_dsn) as refresher,
    ):
        other.execute("set lock_timeout = '1ms'")
        refresher.execute("set lock_timeout = '1ms'")
        fill(writer, "acme", [now] * 5)
        writer.execute("update comply.storage_records set confidence_score = 1")
        fill(other, "globex", [now])
        other.execute("delete from comply.storage_records where tenant_id = 'globex'")
        fill(other, "globex", [now])
        assert refresher.execute("select comply.refresh_rollup_batch()").fetchone() == (False,)
        fill(other, "globex", [now])
        other.execute("update comply.storage_records set confidence_score = 0.5 where tenant_id = 'globex'")
        assert other.execute("select comply.refresh_rollup_batch()").fetchone() == (False,)
        other.execute(REFRESH)
        assert other.execute("select sum(records) from comply.daily_rollups").fetchone() == (3,)
        refresher.commit()
        writer.commit()
        other.execute(REFRESH)
        rollups_are_right(other)


def a_writer(database: Database) -> Callable[[], None]:
    """Return a work: a transaction of some changes that is now and then rolled back."""
    conn = database.connect(None)
    conn.execute("set deadlock_timeout = '100ms'")

    def work() -> None:
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30 * CHANCE.randint(0, 4))
        with suppress(psycopg.Rollback, psycopg.errors.DeadlockDetected), conn.transaction():
            for _ in range(CHANCE.randint(1, 3)):
                tenant = CHANCE.choice(TENANTS)
                fill(conn, tenant, [at] * CHANCE.randint(1, 20))
                if CHANCE.random() < 0.3:
                    conn.execute(
                        "update comply.storage_records set confidence_score = %s where tenant_id = %s"
                        " and id in (select id from comply.storage_records where tenant_id = %s order by id"
                        " limit 5)",
                        [CHANCE.random(), tenant, tenant],
                    )
                if CHANCE.random() < 0.3:
                    conn.execute(
                        "delete from comply.storage_records where tenant_id = %s and id in (select id"
                        " from comply.storage_records where tenant_id = %s order by id"
                        " limit 9 for update skip locked)",
                        [tenant, tenant],
                    )
                time.sleep(CHANCE.random() / 100)
            if CHANCE.random() < 0.2:
                raise psycopg.Rollback

    return work


def test_a_refresh_that_is_killed_has_counted_whole_batches(counted: Database) -> None:
    """At random moments, twenty times, beside writers; its successor goes on where it was."""
    with counted.connect(None) as conn:
        with in_background(a_writer(counted), a_writer(counted)):
            for _ in range(20):
                with suppress(psycopg.OperationalError), counted.connect(None) as refresher:
                    killer = threading.Timer(
                        CHANCE.random() / 20,
                        conn.execute,
                        ["select pg_terminate_backend(%s)", [refresher.info.backend_pid]],
                    )
                    killer.start()
                    try:
                        while True:
                            refresher.execute("select comply.refresh_rollup_batch(7)")
                    finally:
                        killer.join()
        conn.execute(REFRESH)
        rollups_are_right(conn)
        assert conn.execute("select sum(records) > 100 from comply.daily_rollups").fetchone() == (True,)


def test_what_retention_destroys_and_archives_bring_back_is_counted(
    make_database: Callable[..., Database], template: Database
) -> None:
    """Dropped, rewritten and deleted from in batches, refreshed all the while; then a month comes back."""
    database = make_database(template)
    prepare(database, [10, 9, 8], ("acme", "globex", "initech"))
    with database.connect(None) as conn:
        conn.execute("select comply.set_retention_settings(batch_rows => 10)")
        for tenant, days in (("acme", 30), ("globex", 30), ("initech", 36500)):
            conn.execute(
                "select comply.set_retention_policy(%s, 'storage_records', %s, 'a contract', 'archive',"
                " false)",
                [tenant, timedelta(days=days)],
            )
        # All of the first month, most of the second, little of the third.
        for ago, initech in ((10, 0), (9, 40), (8, 400)):
            for tenant, rows in (("acme", 30), ("globex", 30), ("initech", initech)):
                fill(conn, tenant, [month(ago) + timedelta(hours=h % 600) for h in range(rows)])
        conn.execute(REFRESH)
        rollups_are_right(conn)

        operator = database.connect(OPERATOR)
        with in_background(lambda: operator.execute(REFRESH) and None, lambda: time.sleep(0.05)):
            finish(database)
        conn.execute(REFRESH)
        verdicts = conn.execute("select distinct verdict from comply.destruction_certificates").fetchall()
        assert {verdict for (verdict,) in verdicts} >= {"DROP", "REWRITE", "BATCH"}
        rollups_are_right(conn)
        assert conn.execute("select sum(records) from comply.hourly_rollups").fetchone() == (440,)

        (archive,) = conn.execute(
            "select id from comply.archives where tenant_id = 'acme' order by covers_from limit 1"
        ).fetchone()
        (restore,) = conn.execute(
            "select restore_id from comply.restore_archive('acme', %s)", [archive]
        ).fetchone()
        conn.execute("select comply.attach_restored('acme', %s)", [restore])
        conn.execute(REFRESH)
        rollups_are_right(conn)
        assert conn.execute("select sum(records) from comply.hourly_rollups").fetchone() == (470,)


@pytest.fixture(scope="module")
def sample(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with a sample of 20,000 records, which no trigger has seen."""
    database = make_database(template)
    assert database.value("select comply.generate_sample(50, 20000, 3, 7)") == 20000
    return database


ROWS = {
    "storage_records": "md5(string_agg(r::text, ',' order by id))",
    "detector_executions": "md5(string_agg(r::text, ',' order by id))",
    "model_metrics": "md5(string_agg((to_jsonb(r) - 'metadata')::text, ',' order by id))",
}


def test_the_same_arguments_make_the_same_sample(
    sample: Database, make_database: Callable[..., Database], template: Database
) -> None:
    again, other = make_database(template), make_database(template)
    again.value("select comply.generate_sample(50, 20000, 3, 7)")
    other.value("select comply.generate_sample(50, 20000, 3, 8)")
    for table, digest in ROWS.items():
        query = f"select {digest} from comply.{table} as r"
        assert sample.value(query) == again.value(query) != other.value(query)


def test_a_sample_is_skewed_and_whole(sample: Database) -> None:
    with sample.connect(None) as conn:
        counts = dict(
            conn.execute("select tenant_id, count(*) from comply.storage_records group by 1").fetchall()
        )
        assert 0.48 < counts["sample-0001"] / 20000 < 0.52
        assert counts["sample-0002"] > 2 * counts["sample-0010"] > 2 * counts["sample-0050"] > 0
        assert conn.execute("select count(distinct tableoid) from comply.storage_records").fetchone() == (3,)
        assert conn.execute(
            'select count(distinct source_data_hash), max("timestamp") < now(), count(distinct id)'
            " from comply.storage_records"
        ).fetchone() == (6667, True, 20000)
        assert conn.execute("select count(*) > 1000 from comply.detector_executions").fetchone() == (True,)
        assert conn.execute("select count(*) > 100 from comply.model_metrics").fetchone() == (True,)
        assert conn.execute(
            "select count(*) from comply.audit_trail where table_name = 'storage_records'"
        ).fetchone() == (0,)
        # As every month was before: guarded, indexed, and written to under the eyes of the trail.
        assert (
            conn.execute(
                "select name, observed from comply.health() where status = 'fail'"
                " and name <> 'last_maintenance'"
            ).fetchall()
            == []
        )
        assert (
            conn.execute(
                "select distinct count(*) from pg_index where indrelid in (select inhrelid from pg_inherits"
                " where inhparent = 'comply.storage_records'::regclass) and indisvalid group by indrelid"
            ).fetchall()
            == conn.execute(
                "select count(*) from pg_index where indrelid = 'comply.storage_records'::regclass"
                " and indisvalid"
            ).fetchall()
        )
        conn.execute("delete from comply.storage_records where tenant_id = 'sample-0050'")
        assert conn.execute(
            "select count(*) from comply.audit_trail where table_name = 'storage_records'"
        ).fetchone() == (counts["sample-0050"],)


def test_records_of_before_are_counted_by_the_first_refresh(sample: Database) -> None:
    with sample.connect(None) as conn:
        conn.execute(REFRESH)
        rollups_are_right(conn)


def test_a_sample_is_made_in_no_database_of_others(counted: Database) -> None:
    with counted.connect(None) as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute("select comply.generate_sample(1, 1, 1, 1)")
    assert refused.value.sqlstate == "PC621"


@pytest.mark.parametrize("arguments", ["0, 1, 1, 1", "1, 0, 1, 1", "1, 1, 121, 1", "1, 1, 1, null"])
def test_no_sample_is_made_of_what_is_no_number(sample: Database, arguments: str) -> None:
    with sample.connect(None) as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute(f"select comply.generate_sample({arguments})")
    assert refused.value.sqlstate == "PC620"
