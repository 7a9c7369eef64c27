#!/usr/bin/env python3
"""What do months cost: where there is nothing to do, where one is made, and where one goes?

`comply.ensure_partitions()` and retention beside pg_partman, where it is installed, and beside SQL by hand,
on tables of the same columns and indexes. Every round runs each in random order.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
import harness

HERE = Path(__file__).parent
ROUNDS, CALLS = harness.sized((15, 5), (7, 5), (2, 2))
DROPS, ROWS = harness.sized((5, 100_000), (0, 0), (1, 5_000))
TENANTS = 10
AHEAD = 3
QUESTIONS = {
    "nothing": "nothing to do",
    "month": "a new month in each table",
}
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "autovacuum")
TABLES = """
select c.relname
from pg_partitioned_table as p
join pg_class as c on c.oid = p.partrelid
where c.relnamespace = 'comply'::regnamespace
order by c.relname
"""
# Without what comply gives each: row level security, the triggers of its parent, a comment.
LIKE = 'create table {0}.{1} (like comply.{1} including all) partition by range ("timestamp")'
BY_HAND = """
do $$
declare
  v_table text;
  v_month timestamptz;
begin
  set local client_min_messages = warning;
  foreach v_table in array array[{tables}] loop
    for v_month in
      select date_trunc('month', now()) + make_interval(months => m) from generate_series(0, {ahead}) as m
    loop
      execute format(
        'create table if not exists by_hand.%I partition of by_hand.%I for values from (%L) to (%L)',
        v_table || to_char(v_month, '_YYYY_MM'), v_table, v_month, v_month + interval '1 month');
    end loop;
  end loop;
end;
$$
"""
FILL = """
insert into {table} (tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data,
                     confidence_score, metadata)
select 'tenant-' || i %% 10,
  date_trunc('month', now()) - interval '5 months' + (i %% 2419200) * interval '1 second',
  encode(sha256(i::text::bytea), 'hex'), 'openai-moderation', 'omni', '{{"labels": ["OTHER.Safe"]}}', 0.5,
  jsonb_build_object('n', i %% 100)
from generate_series(1, %s) as i
"""


def measure(major: int) -> dict[str, Any]:
    """Return what months cost on one major version."""
    with harness.server("partitions", major, {"max_wal_size": "4GB"}) as server:
        harness.deploy(server, "months")
        with psycopg.connect(server.dsn("months"), autocommit=True) as admin:
            admin.execute("set timezone = 'UTC'")
            variants, tables = _prepare(admin)
            result: dict[str, Any] = {
                "machine": harness.machine(),
                "settings": harness.settings_of(admin, SETTINGS),
                "rounds": ROUNDS,
                "tables": len(tables),
                "rows": ROWS,
                "seconds": _measure_months(admin, variants, tables),
                "waits": {v: _waits(server, admin, v, tables) for v in variants},
            }
        if DROPS:
            result["drop"] = _measure_drops(server, variants)
    return result


def _prepare(admin: psycopg.Connection) -> tuple[list[str], list[str]]:
    """Make the tables of the others, with the months that comply has; return who is compared, and of what."""
    tables = [name for (name,) in admin.execute(TABLES).fetchall()]
    variants = ["by hand", "comply"]
    admin.execute("create schema by_hand")
    for table in tables:
        admin.execute(LIKE.format("by_hand", table))
    admin.execute(_by_hand(tables, AHEAD))
    if admin.execute("select 1 from pg_available_extensions where name = 'pg_partman'").fetchone():
        variants.insert(1, "pg_partman")
        admin.execute("create schema partman")
        admin.execute("create extension pg_partman schema partman")
        admin.execute("create schema by_partman")
        for table in tables:
            admin.execute(LIKE.format("by_partman", table))
            admin.execute(
                "select partman.create_parent(%s, 'timestamp', 'native', 'monthly', p_premake := %s,"
                " p_start_partition := date_trunc('month', now())::text)",
                [f"by_partman.{table}", AHEAD],
            )
        # Or it makes none ahead of the newest row.
        admin.execute("update partman.part_config set infinite_time_partitions = true")
    return variants, tables


def _by_hand(tables: list[str], ahead: int) -> str:
    return BY_HAND.format(tables=", ".join(f"'{table}'" for table in tables), ahead=ahead)


def _make(admin: psycopg.Connection, variant: str, tables: list[str], ahead: int) -> Callable[[], None]:
    """Return the call that makes what is missing of some months ahead."""
    if variant == "comply":
        return lambda: _all(admin, f"select comply.ensure_partitions({ahead})")
    if variant == "by hand":
        return lambda: _all(admin, _by_hand(tables, ahead))
    admin.execute("update partman.part_config set premake = %s", [ahead])
    return lambda: _all(admin, "select partman.run_maintenance(p_analyze := false, p_jobmon := false)")


def _all(conn: psycopg.Connection, statement: str) -> None:
    cursor = conn.execute(statement)
    if cursor.description:
        cursor.fetchall()


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _measure_months(
    admin: psycopg.Connection, variants: list[str], tables: list[str]
) -> dict[str, dict[str, list[float]]]:
    """Ask for what is there, then for one month more, every round."""
    chance = random.Random(1)  # noqa: S311
    seconds: dict[str, dict[str, list[float]]] = {q: {v: [] for v in variants} for q in QUESTIONS}
    for variant in variants:
        _make(admin, variant, tables, AHEAD)()
    before = {v: _months(admin, v) for v in variants}
    for round_no in range(-1, ROUNDS):
        print(f"   months, round {round_no + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        ahead = AHEAD + 1 + round_no
        for question, more in (("nothing", 0), ("month", 1)):
            for variant in chance.sample(variants, len(variants)):
                make = _make(admin, variant, tables, ahead + more)
                calls = CALLS if question == "nothing" else 1
                took = [_timed(make) for _ in range(calls)]
                if round_no >= 0:
                    seconds[question][variant].append(statistics.median(took))
    made = {v: _months(admin, v) - before[v] for v in variants}
    if set(made.values()) != {len(tables) * (ROUNDS + 1)}:
        raise RuntimeError(f"they did not make the same months: {made}")
    return seconds


def _months(admin: psycopg.Connection, variant: str) -> int:
    """Return how many months there are, without the default partitions of pg_partman."""
    schema = {"comply": "comply", "by hand": "by_hand", "pg_partman": "by_partman"}[variant]
    query = """
      select count(*)
      from pg_class as p
      join pg_partitioned_table as t on t.partrelid = p.oid
      join pg_inherits as i on i.inhparent = p.oid
      where p.relnamespace = %s::regnamespace
        and i.inhrelid <> t.partdefid
    """
    return admin.execute(query, [schema]).fetchone()[0]


def _waits(server: Any, admin: psycopg.Connection, variant: str, tables: list[str]) -> bool:
    """Return whether making a month waits for a transaction that has written to the table."""
    schema = {"comply": "comply", "by hand": "by_hand", "pg_partman": "by_partman"}[variant]
    make = _make(admin, variant, tables, AHEAD + ROUNDS + 2)
    with psycopg.connect(server.dsn("months")) as writer:
        writer.execute(f"delete from {schema}.storage_records")
        admin.execute("set lock_timeout = '500ms'")
        try:
            make()
        except psycopg.Error as error:
            # Said by pg_partman under a code of its own.
            if "lock timeout" not in str(error):
                raise
            return True
        finally:
            admin.execute("reset lock_timeout")
            writer.rollback()
    return False


def _measure_drops(server: Any, variants: list[str]) -> dict[str, list[float]]:
    """Let a month of rows go, each round in a fresh copy of the same files."""
    with psycopg.connect(server.dsn("months"), autocommit=True) as admin:
        admin.execute("set timezone = 'UTC'")
        _fill(admin, variants)
    chance = random.Random(2)  # noqa: S311
    seconds: dict[str, list[float]] = {variant: [] for variant in variants}
    for round_no in range(DROPS):
        print(f"   drops, round {round_no + 1} of {DROPS}", file=sys.stderr, flush=True)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("create database run template months strategy file_copy")
            admin.execute("checkpoint")
        for variant in chance.sample(variants, len(variants)):
            with psycopg.connect(server.dsn("run"), autocommit=True) as conn:
                conn.execute("set timezone = 'UTC'")
                seconds[variant].append(_timed(lambda conn=conn, variant=variant: DROP[variant](conn)))
                if not _is_gone(conn, variant):
                    raise RuntimeError(f"{variant} did not drop the month")
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("drop database run with (force)")
    return seconds


def _fill(admin: psycopg.Connection, variants: list[str]) -> None:
    month = "date_trunc('month', now()) - interval '5 months'"
    for number in range(TENANTS):
        admin.execute("select comply.add_tenant(%s)", [f"tenant-{number}"])
        admin.execute(
            "select comply.set_retention_policy(%s, 'storage_records', '1 month', 'bench', 'delete', false)",
            [f"tenant-{number}"],
        )
    admin.execute("select comply.set_retention_settings(grace => '0')")
    admin.execute(f"select comply.ensure_past_partitions('storage_records', {month}, {month})")
    # Written as a service writes: what is dropped has a trail, and is counted.
    admin.execute(FILL.format(table="comply.storage_records"), [ROWS])
    admin.execute("call comply.refresh_rollups()")
    others = {"by hand": "by_hand.storage_records", "pg_partman": "by_partman.storage_records"}
    for variant in set(variants) & set(others):
        table = others[variant]
        name, bounds = admin.execute(
            f"select to_char(m, case %s when 'by hand' then '_YYYY_MM' else '_pYYYY_MM' end),"
            f" format('from (%%L) to (%%L)', m, m + interval '1 month') from (select {month} as m) as s",
            [variant],
        ).fetchone()
        admin.execute(f"create table {table}{name} partition of {table} for values {bounds}")
        admin.execute(FILL.format(table=table), [ROWS])
    if "pg_partman" in variants:
        admin.execute(
            "update partman.part_config set retention = '3 months', retention_keep_table = false"
            " where parent_table = 'by_partman.storage_records'"
        )
    admin.execute("vacuum analyze")


def _drop_comply(conn: psycopg.Connection) -> None:
    conn.execute("select comply.plan_retention()")
    (item,) = conn.execute(
        "select id from comply.retention_items where table_name = 'storage_records'"
    ).fetchone()
    while conn.execute("select comply.advance_retention(%s)", [item]).fetchone()[0]:
        pass


def _drop_by_hand(conn: psycopg.Connection) -> None:
    (name,) = conn.execute(
        "select to_char(date_trunc('month', now()) - interval '5 months', '_YYYY_MM')"
    ).fetchone()
    conn.execute(f"alter table by_hand.storage_records detach partition by_hand.storage_records{name}")
    conn.execute(f"drop table by_hand.storage_records{name}")


def _drop_partman(conn: psycopg.Connection) -> None:
    _all(conn, "select partman.run_maintenance('by_partman.storage_records', p_analyze := false)")


DROP = {"comply": _drop_comply, "by hand": _drop_by_hand, "pg_partman": _drop_partman}


def _is_gone(conn: psycopg.Connection, variant: str) -> bool:
    schema = {"comply": "comply", "by hand": "by_hand", "pg_partman": "by_partman"}[variant]
    return not conn.execute(
        f"select 1 from {schema}.storage_records where \"timestamp\" < date_trunc('month', now()) limit 1"
    ).fetchone()


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# What do months cost?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. Read ratios: 1 is as fast as SQL by\n"
        "hand, 0.5 takes twice as long. README.md says what is compared.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"])
        text += f". {result['tables']} tables, {result['rounds']} rounds.\n\n"
        parts = [(QUESTIONS[question], by_who) for question, by_who in result["seconds"].items()]
        if "drop" in result:
            parts.append((f"a month of {result['rows']:,} rows goes", result["drop"]))
        rows = []
        for title, by_who in parts:
            for variant, seconds in by_who.items():
                middle, low, high = (value * 1000 for value in harness.spread(seconds))
                ratio = harness.median_ratio(by_who["by hand"], seconds)
                rows.append([title, variant, f"{middle:,.1f}", f"{low:,.1f} to {high:,.1f}", f"{ratio:.2f}"])
        text += harness.table(["", "by", "ms", "quartiles", "ratio"], rows, texts=2)
        text += "\nMaking a month waits for a transaction that has written to the table: "
        text += (
            ", ".join(f"{variant} {'yes' if w else 'no'}" for variant, w in result["waits"].items()) + ".\n"
        )
    return text


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return how fast comply is beside each of the others, round by round."""
    found = {}
    parts = {QUESTIONS[q]: by_who for q, by_who in result["seconds"].items()}
    if "drop" in result:
        parts["a month goes"] = result["drop"]
    for title, by_who in parts.items():
        for other in by_who:
            if other != "comply":
                found[f"{title}, beside {other}"] = harness.by_round(by_who[other], by_who["comply"])
    return found


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what came out, in a few lines."""
    parts = {f"{QUESTIONS[q]}, {result['tables']} tables": by_who for q, by_who in result["seconds"].items()}
    if "drop" in result:
        parts[f"a month of {result['rows']:,} rows goes"] = result["drop"]
    return {
        title: ", ".join(
            f"{variant} {1000 * statistics.median(seconds):,.0f} ms" for variant, seconds in by_who.items()
        )
        for title, by_who in parts.items()
    }


if __name__ == "__main__":
    harness.main(HERE, measure, report)
