"""What changed behind the runner's back, in the manifest or in its files, is refused, with the difference."""

import pytest
from comply_db.errors import RunnerError
from comply_db.manifest import parse_headers, read_manifest


@pytest.fixture
def deployed(run_cli, ground, tree):
    """Tables 3 and 5 and a function are deployed."""
    tree.table(3, "three")
    tree.function("f")
    tree.table(5, "five")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    return ground


def test_an_edited_version(run_cli, deployed, tree) -> None:
    """G5, and the one way out: baseline --accept, with a reason that stays."""
    path = tree.table(3, "three", "id bigint")
    for command in ("deploy", "plan"):
        result = run_cli(command, database=deployed, source=tree.root)
        assert result.exit_code == 4
        assert "-create table comply.three (id integer);" in result.stderr
        assert "+create table comply.three (id bigint);" in result.stderr
    assert run_cli("status", database=deployed, source=tree.root).exit_code == 4
    assert run_cli("baseline", "--accept", path, database=deployed, source=tree.root).exit_code == 2
    accept = ["baseline", "--accept", path, "--reason"]
    assert run_cli(*accept, " ", database=deployed, source=tree.root).exit_code == 4
    assert run_cli(*accept, "a type in a comment", database=deployed, source=tree.root).exit_code == 0
    assert run_cli("deploy", database=deployed, source=tree.root).exit_code == 0
    assert (
        deployed.value(
            "select context ->> 'reason' from comply_private.schema_migration_events where event = 'accept'"
        )
        == "a type in a comment"
    )
    assert deployed.value("select count(*) from comply_private.verify_history()") == 0


def test_a_renamed_version(run_cli, deployed, tree) -> None:
    """G5"""
    tree.remove("schema/0005__five.sql")
    new = tree.add("schema/0005__fifth.sql", "create table comply.five (id integer);")
    result = run_cli("deploy", database=deployed, source=tree.root)
    assert result.exit_code == 4
    assert "applied as schema/0005__five.sql" in result.stderr
    accept = ["baseline", "--accept", new, "--reason", "a better name"]
    assert run_cli(*accept, database=deployed, source=tree.root).exit_code == 0
    assert run_cli("deploy", database=deployed, source=tree.root).exit_code == 0


def test_a_deleted_version(run_cli, deployed, tree) -> None:
    """G5"""
    tree.remove("schema/0003__three.sql")
    result = run_cli("deploy", database=deployed, source=tree.root)
    assert result.exit_code == 4
    assert "-create table comply.three (id integer);" in result.stderr


def test_a_version_out_of_order(run_cli, deployed, tree) -> None:
    """G5"""
    tree.table(4, "four")
    tree.lines.insert(tree.lines.index("schema/0005__five.sql"), tree.lines.pop())
    tree.save()
    result = run_cli("deploy", database=deployed, source=tree.root)
    assert result.exit_code == 4
    assert "schema/0004__four.sql comes after a higher version" in result.stderr
    assert deployed.value("select to_regclass('comply.four')") is None


def test_a_refusal_runs_nothing_else(run_cli, deployed, tree) -> None:
    tree.table(3, "three", "id bigint")
    tree.table(6, "six")
    tree.function("f", "return 2;")
    assert run_cli("deploy", database=deployed, source=tree.root).exit_code == 4
    assert deployed.value("select to_regclass('comply.six')") is None
    assert deployed.value("select comply.f()") == 1


def test_a_repeatable_runs_again_when_it_changes(run_cli, deployed, tree) -> None:
    tree.function("f", "return 2;")
    result = run_cli("deploy", "--json", database=deployed, source=tree.root)
    assert [u["path"] for u in result.json["units"]] == ["functions/comply.f.sql"]
    assert deployed.value("select comply.f()") == 2
    assert run_cli("deploy", "--json", database=deployed, source=tree.root).json["units"] == []


def test_line_ends_and_marks_change_nothing(run_cli, deployed, tree) -> None:
    """Only BOM, CRLF and blanks at the end are left out of the checksum."""
    path = tree.root / "schema/0003__three.sql"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b" \n\n")
    assert run_cli("deploy", "--json", database=deployed, source=tree.root).json["units"] == []


def test_functions_that_stand_together_change_together(run_cli, deployed, tree) -> None:
    """Caller and callee flip at once: if the second fails, the first is as it was."""
    tree.function("g", "return comply.f();")
    assert run_cli("deploy", database=deployed, source=tree.root).exit_code == 0
    tree.function("h", "return 1;")
    tree.function("g", "return comply.h() + nonsense;")
    tree.function("f", "return 7;")
    assert run_cli("deploy", database=deployed, source=tree.root).exit_code == 6
    assert deployed.value("select to_regproc('comply.h')") is None


def test_to_stops_above_the_next_version(run_cli, ground, tree) -> None:
    tree.table(3, "three")
    tree.function("f")
    tree.table(5, "five")
    assert run_cli("deploy", "--to", "4", database=ground, source=tree.root).exit_code == 0
    assert ground.value("select comply.schema_version()") == 3
    assert ground.value("select comply.f()") == 1
    assert ground.value("select to_regclass('comply.five')") is None


def test_dry_run_leaves_nothing(run_cli, ground, tree) -> None:
    """It shows the locks, and stops at the first unit that cannot be rolled back."""
    tree.table(3, "three")
    tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\ncreate index concurrently i on comply.three (id);",
    )
    tree.table(5, "five")
    before = ground.value("select count(*) from comply_private.schema_migration_events")
    result = run_cli("deploy", "--dry-run", "--json", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert [u["path"] for u in result.json["units"]] == ["schema/0003__three.sql"]
    assert {"relation": "comply.three", "mode": "AccessExclusiveLock"} in result.json["locks"]
    assert ground.value("select to_regclass('comply.three')") is None
    assert ground.value("select count(*) from comply_private.schema_migration_events") == before


def test_dry_run_on_an_empty_database(run_cli, database, tree) -> None:
    tree.table(3, "three")
    result = run_cli("deploy", "--dry-run", "--json", database=database, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert len(result.json["units"]) == len(tree.lines) - 1
    assert database.value("select to_regnamespace('comply')") is None
    assert run_cli("deploy", database=database, source=tree.root).exit_code == 0


def test_rebuild_drops_and_makes_again_what_stands_in_the_way(run_cli, ground, tree) -> None:
    """The type of a column under a policy changes in one transaction with its policies."""
    tree.table(3, "walled", "tenant_id text not null, id integer")
    policy = tree.add(
        "policies/comply.walled.sql",
        "alter table comply.walled enable row level security;\n"
        "drop policy if exists walled_some on comply.walled;\n"
        "create policy walled_some on comply.walled for select to comply_reader using (id > 0);\n",
    )
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    alter = "alter table comply.walled alter column id type bigint;\n"
    path = tree.add("schema/0004__wider.sql", alter)
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 6
    tree.add(path, f"-- comply: rebuild: {policy}\n{alter}")
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert ground.value("select count(*) from pg_policy where polrelid = 'comply.walled'::regclass") == 1
    assert ground.value("select count(*) from comply_private.drift()") == 0


DISORDER = {
    "twice": lambda lines: [*lines, lines[0]],
    "descending": lambda lines: [lines[-1], *lines[:-1]],
    "elsewhere": lambda lines: [*lines, "docs/x.sql"],
    "missing file": lambda lines: [*lines, "functions/comply.nowhere.sql"],
    "no bootstrap": lambda lines: lines[:3],
}


@pytest.mark.parametrize("change", DISORDER.values(), ids=DISORDER.keys())
def test_a_manifest_in_disorder(tree, change) -> None:
    (tree.root / "docs").mkdir()
    (tree.root / "docs/x.sql").write_text("select 1;")
    tree.table(3, "three")
    assert read_manifest(tree.root).lines == tree.lines
    tree.lines = change(tree.lines)
    tree.save()
    with pytest.raises(RunnerError) as refused:
        read_manifest(tree.root)
    assert refused.value.exit_code == 4


def test_a_manifest_has_comments_and_lines_only(tree) -> None:
    install = tree.root / "schema/install.sql"
    install.write_text("-- a comment\n\n" + install.read_text())
    read_manifest(tree.root)
    install.write_text(install.read_text() + "select 1;\n")
    with pytest.raises(RunnerError, match="install.sql:.*select 1"):
        read_manifest(tree.root)


def test_headers_are_those_of_the_first_comment_block() -> None:
    text = "-- A file.\n-- comply: lock-timeout: 1s\n-- comply: no-transaction\nselect 1;\n-- comply: x\n"
    assert parse_headers(text) == [("lock-timeout", "1s"), ("no-transaction", "")]
    assert parse_headers("\n" + text) == []
