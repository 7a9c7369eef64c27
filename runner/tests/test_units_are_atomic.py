"""A unit and its tracking row are there together or not at all, whatever a file says, whenever it dies."""

import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Database, command, wait_until
from source_tree import SourceTree

KILLS = int(os.environ.get("COMPLY_TEST_KILLS", "200"))
AT_ONCE = 3
KILLS_A_DATABASE = 25

# Applied schema files, and tables; applied functions, and functions. One snapshot for all four.
BOTH = """
select
  array(select m.version from comply_private.schema_migrations as m where m.version between 100 and 199
        and m.status = 'applied' order by 1),
  array(select substring(c.relname from '\\d+')::integer from pg_class as c where c.relname ~ '^killed_\\d+$'
        order by 1),
  array(select m.path from comply_private.schema_migrations as m where m.path ~ 'comply.f_' order by 1),
  array(select format('functions/comply.%s.sql', p.proname) from pg_proc as p where p.proname ~ '^f_\\d+$'
        order by 1)
"""


def killable_tree(tree: SourceTree) -> SourceTree:
    for number in range(100, 140):
        tree.table(number, f"killed_{number}", "id integer, n integer")
        path = tree.root / f"schema/{number}".replace("schema/", "schema/0")
        file = path.with_name(f"0{number}__killed_{number}.sql")
        file.write_text(file.read_text() + "select pg_catalog.pg_sleep(0.02);\n")
        if number % 3 == 0:
            tree.function(f"f_{number}")
            tree.function(f"f_{number + 100}")
    for number in (140, 141, 142):
        tree.add(
            f"schema/0{number}__index_{number}.sql",
            f"-- comply: no-transaction\n"
            f"create index concurrently i_{number}_a on comply.killed_100 (id);\n"
            f"create unique index concurrently if not exists i_{number}_b on comply.killed_101 (id);\n",
        )
    return tree


def kill_until_done(
    database: Database, tree: SourceTree, environment: dict[str, str], dice: random.Random, base_s: float
) -> int:
    """Kill deployments at random moments, checking after each, then let one through; return how many died.

    base_s is how long a deployment with nothing to do takes: kills fall at 0.5 to 2.5 of that.
    """
    for kills in range(KILLS_A_DATABASE + 1):
        process = subprocess.Popen(
            [*command(database, tree.root), "deploy"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if kills < KILLS_A_DATABASE:
            try:
                process.wait(base_s * dice.uniform(0.5, 2.5))
            except subprocess.TimeoutExpired:
                process.kill()
        _, said = process.communicate()
        with database.connect(None) as conn:
            versions, tables, paths, functions = conn.execute(BOTH).fetchone()
        assert [v for v in versions if v < 140] == tables
        assert paths == functions
        if process.returncode == 0:
            return kills
        assert process.returncode == -9, said.decode()
    raise AssertionError("the last deployment did not get through")


def test_kill_9_at_any_moment(make_database, ground_template, run_cli, tree, environment) -> None:
    """G1, and the half of G4 that is about a kill in a build."""
    idle = make_database(ground_template)
    began = time.monotonic()
    assert run_cli("deploy", database=idle, source=tree.root).exit_code == 0
    base_s = time.monotonic() - began
    killable_tree(tree)
    seed = random.randrange(10**6)  # noqa: S311
    print(f"seed {seed}")

    def round_of(number: int) -> int:
        database = make_database(ground_template)
        dice = random.Random(seed + number)  # noqa: S311
        died = kill_until_done(database, tree, environment, dice, base_s)
        assert database.value("select count(*) from pg_index where not indisvalid") == 0
        assert database.value("select count(*) from pg_class where relname ~ '^i_14[012]_[ab]$'") == 6
        assert database.value("select count(*) from comply_private.verify_history()") == 0
        assert database.value("select count(*) from comply_private.drift()") == 0
        twice = (
            "select count(*) from (select from comply_private.schema_migration_events where event = 'apply'"
        )
        assert database.value(twice + " group by path having count(*) > 1) as t") == 0
        return died

    kills = number = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while kills < KILLS:
            kills += sum(pool.map(round_of, range(number, number + AT_ONCE)))
            number += AT_ONCE
    print(f"{kills} kills, {number} databases")


EVIL = {
    "commit": "commit;",
    "commit and begin": "commit; begin;",
    "rollback": "rollback;",
    "rollback and begin": "rollback; begin;",
    "commit and discard": "commit; discard all;",
    "commit and an error": "commit; select 1 / 0;",
    "commit in a chain": "commit and chain;",
}


@pytest.mark.parametrize("words", EVIL.values(), ids=EVIL.keys())
def test_a_file_that_ends_its_transaction(run_cli, ground, tree, words) -> None:
    """G7, F7: it cannot fake success; exit 7 says that something may be left."""
    path = tree.table(3, "evil", before=words)
    result = run_cli("deploy", "--json", database=ground, source=tree.root)
    assert result.exit_code == 7, result.stderr
    assert "ended its transaction" in result.stderr
    assert result.json["pending"] == [path]
    assert ground.value("select count(*) from comply_private.schema_migrations where path = %s", path) == 0
    assert (
        ground.value("select count(*) from comply_private.schema_migration_events where event = 'fail'") == 1
    )
    assert run_cli("status", database=ground, source=tree.root).exit_code == 3


def test_discard_all_inside_a_transaction(run_cli, ground, tree) -> None:
    tree.table(3, "evil", before="discard all;")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 6
    assert ground.value("select to_regclass('comply.evil')") is None


@pytest.mark.parametrize("call", ["pg_advisory_unlock_all()", "pg_advisory_unlock(1129270608, 1)"])
def test_a_file_that_gives_up_the_lock(run_cli, ground, tree, call) -> None:
    """G7: rolled back."""
    tree.table(3, "evil", before=f"select pg_catalog.{call};")
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 6, result.stderr
    assert "gave up the lock" in result.stderr
    assert ground.value("select to_regclass('comply.evil')") is None


def test_settings_and_roles_do_not_leak_into_the_next_file(run_cli, ground, tree) -> None:
    """G7: what one file sets, the next does not see; whoever made a table, comply_owner has it."""
    tree.add(
        "schema/0003__leak.sql",
        "set role none; set row_security = on; set search_path = public;\n"
        "set comply.now = '1999-01-01 00:00+00';\n"
        "set statement_timeout = '7s'; set timezone = 'Asia/Tokyo'; set lock_timeout = 0;",
    )
    tree.add(
        "schema/0004__see.sql",
        "create table comply.seen as select current_user as who, name, setting from pg_catalog.pg_settings\n"
        "where name in ('row_security', 'search_path', 'statement_timeout', 'lock_timeout', 'TimeZone');\n"
        "insert into comply.seen select current_user, 'now', current_setting('comply.now', true);",
    )
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    with ground.connect(None) as conn:
        seen = dict(conn.execute("select name, setting from comply.seen").fetchall())
        assert conn.execute("select distinct who from comply.seen").fetchall() == [("comply_owner",)]
        usual = conn.execute("show timezone").fetchone()[0]
    assert seen.pop("TimeZone") == usual
    assert seen.pop("now") in ("", None)
    assert seen == {
        "row_security": "off",
        "search_path": '""',
        "statement_timeout": "0",
        "lock_timeout": "3000",
    }


def test_a_file_that_makes_a_table_as_another_role(run_cli, ground, tree, deployer) -> None:
    """PC504: rolled back."""
    ground.run(f"grant create on schema comply to {deployer}")
    tree.table(3, "alien", before="reset role;")
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 6, result.stderr
    assert "PC504" in result.stderr
    assert ground.value("select to_regclass('comply.alien')") is None


def test_an_error_says_where_it_is(run_cli, ground, tree) -> None:
    """F8: nothing of a file with a late error runs; the position is that of the file, in characters."""
    tree.add(
        "schema/0003__late.sql",
        "create table comply.late ();\n-- é 😀\nselect '😀', nothing from comply.late;\n",
    )
    result = run_cli("deploy", "--json", database=ground, source=tree.root)
    unit = result.json["units"][0]
    assert (result.exit_code, unit["sqlstate"], unit["line"], unit["column"]) == (6, "42703", 3, 13)
    assert "schema/0003__late.sql:3:13: 42703" in result.stderr
    assert ground.value("select to_regclass('comply.late')") is None


@pytest.mark.parametrize(("signal", "code"), [(2, 130), (15, 143)])
def test_signals(start_cli, ground, tree, signal, code) -> None:
    """The statement is cancelled, the unit rolled back, and the history says why it ended."""
    tree.table(3, "before_it")
    tree.table(4, "slow", before="select pg_catalog.pg_sleep(300);")
    process = start_cli("deploy", "--json", database=ground, source=tree.root)
    wait_until(
        ground,
        "select count(*) from pg_stat_activity where query ~ 'pg_sleep.300' and pid <> pg_backend_pid()"
        " and datname = current_database()",
    )
    process.send_signal(signal)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert ground.value("select comply.schema_version()") == 3
    assert ground.value(
        "select event from comply_private.schema_migration_events order by seq desc limit 1"
    ) == ("interrupted")
    assert (
        ground.value(
            "select count(*) from pg_stat_activity where query ~ 'pg_sleep.300' and state = 'active'"
            " and pid <> pg_backend_pid() and datname = current_database()"
        )
        == 0
    )
