"""No index is left, or taken for done, that is not valid: after duplicates, kills, resumes, edits."""

import pytest
from conftest import wait_until

INVALID = "select count(*) from pg_index where not indisvalid"


@pytest.fixture
def busy(run_cli, ground, tree):
    """A deployed table of 20 rows, two of them alike."""
    tree.table(3, "busy", "id integer")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    ground.run("insert into comply.busy select n % 19 from generate_series(1, 20) as n")
    return ground


@pytest.mark.parametrize("words", ["", "if not exists "])
def test_a_unique_index_on_duplicates(run_cli, busy, tree, words) -> None:
    """G4: exit 7, nothing left invalid; once the duplicates are gone, a deployment resumes."""
    path = tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\n"
        "create index concurrently busy_id_idx on comply.busy (id);\n"
        f"create unique index concurrently {words}busy_id_key on comply.busy (id);\n",
    )
    for _ in range(2):
        result = run_cli("deploy", "--json", database=busy, source=tree.root)
        assert (result.exit_code, result.json["units"][0]["sqlstate"]) == (7, "23505"), result.stderr
        assert busy.value(INVALID) == 0
        assert run_cli("status", database=busy, source=tree.root).exit_code == 7
    assert (
        busy.value("select statements_done from comply_private.schema_migrations where path = %s", path) == 1
    )
    busy.run("delete from comply.busy where id = 1")
    result = run_cli("deploy", database=busy, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert busy.value("select indisvalid from pg_index where indexrelid = 'comply.busy_id_key'::regclass")
    assert busy.value("select count(*) from comply_private.drift()") == 0


def test_an_invalid_index_of_the_same_name(run_cli, busy, tree) -> None:
    """F4: IF NOT EXISTS would take it for done."""
    with busy.connect(None) as conn:
        conn.execute("set role comply_owner")
        try:
            conn.execute("create unique index concurrently busy_id_key on comply.busy (id)")
        except Exception:
            assert conn.execute(INVALID).fetchone() == (1,)
        conn.execute("delete from comply.busy where id = 1")
    tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\n"
        "create unique index concurrently if not exists busy_id_key on comply.busy (id);\n",
    )
    assert run_cli("deploy", database=busy, source=tree.root).exit_code == 0
    assert busy.value(INVALID) == 0
    assert (
        busy.value("select count(*) from pg_index where indexrelid = to_regclass('comply.busy_id_key')") == 1
    )


def test_a_kill_in_the_middle_of_a_build(run_cli, start_cli, busy, tree) -> None:
    """G4: the build waits for a writer; the runner is killed; the next one drops it and builds."""
    tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\ncreate index concurrently busy_id_idx on comply.busy (id);\n",
    )
    with busy.connect(None) as writer:
        writer.execute("begin; insert into comply.busy values (100)")
        process = start_cli("deploy", database=busy, source=tree.root)
        wait_until(
            busy, "select count(*) from pg_stat_progress_create_index where datname = current_database()"
        )
        process.kill()
        process.wait()
        wait_until(
            busy,
            "select not exists (select from pg_locks where locktype = 'advisory' and database ="
            " (select oid from pg_database where datname = current_database()))",
        )
        assert busy.value(INVALID) == 1
        writer.execute("commit")
    result = run_cli("deploy", database=busy, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert busy.value(INVALID) == 0


def test_done_statements_must_not_change(run_cli, busy, tree) -> None:
    """PC502: exit 7; what comes after them may."""
    first = "-- comply: no-transaction\ncreate index concurrently busy_a on comply.busy (id);\n"
    path = tree.add(
        "schema/0004__index.sql", first + "create unique index concurrently busy_b on comply.busy (id);\n"
    )
    assert run_cli("deploy", database=busy, source=tree.root).exit_code == 7
    tree.add(path, first.replace("busy_a", "busy_z"))
    result = run_cli("deploy", database=busy, source=tree.root)
    assert result.exit_code == 7
    assert "PC502" in result.stderr
    tree.add(path, first + "create index concurrently busy_b on comply.busy (id);\n")
    result = run_cli("deploy", database=busy, source=tree.root)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("was_done", [True, False])
def test_the_verify_file_decides_about_a_statement_in_flight(
    run_cli, start_cli, busy, tree, was_done
) -> None:
    """The runner dies while ALTER TYPE waits; whether it has run is for the verify file to tell."""
    busy.run("set role comply_owner; create type comply.mood as enum ('ok')")
    tree.add(
        "schema/0004__mood.sql",
        "-- comply: no-transaction\nalter type comply.mood add value 'sad';\n",
        verify="do $$ begin assert exists (select from pg_catalog.pg_enum where enumlabel = 'sad'); end $$;",
    )
    with busy.connect(None) as other:
        other.execute("begin; alter type comply.mood add value 'glad'")
        process = start_cli("deploy", database=busy, source=tree.root)
        wait_until(
            busy,
            "select count(*) from pg_stat_activity where query ~ '^alter type'"
            " and datname = current_database()"
            " and wait_event_type = 'Lock'",
        )
        process.kill()
        process.wait()
        wait_until(busy, "select not exists (select from pg_locks where locktype = 'advisory')")
        other.execute("rollback")
    if was_done:
        busy.run("alter type comply.mood add value 'sad'")
    result = run_cli("deploy", database=busy, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert busy.value("select count(*) from pg_enum where enumlabel = 'sad'") == 1


def test_without_postgast_a_file_is_one_statement(run_cli, busy, tree, tmp_path) -> None:
    """25001 is what the server says of two (F8)."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide/sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'postgast' else find(name, package)\n"
    )
    env = {"PYTHONPATH": str(tmp_path / "hide")}
    path = tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\ncreate index concurrently busy_a on comply.busy (id);\nselect 1;",
    )
    result = run_cli("deploy", database=busy, source=tree.root, env=env)
    assert result.exit_code == 7
    assert "25001" in result.stderr
    tree.add(path, "-- comply: no-transaction\ncreate index concurrently busy_a on comply.busy (id);\n")
    assert run_cli("deploy", database=busy, source=tree.root, env=env).exit_code == 0
