"""What the commands tell people, pipelines and pods."""

import pytest

KEYS = {
    "command",
    "run_id",
    "outcome",
    "exit_code",
    "database",
    "server_version_num",
    "runner_version",
    "units",
    "pending",
    "orphans",
    "drift",
    "lock_holder",
}


@pytest.mark.parametrize(
    "command",
    [["deploy"], ["plan"], ["status"], ["drift"], ["verify"], ["doctor"], ["check"], ["revert", "--to", "2"]],
)
def test_one_document(run_cli, ground, tree, command) -> None:
    result = run_cli(*command, "--json", database=ground, source=tree.root)
    assert result.json.keys() >= KEYS
    assert (result.json["command"], result.json["exit_code"]) == (command[0], result.exit_code)
    before = run_cli("--json", *command, database=ground, source=tree.root)
    assert before.json["outcome"] == result.json["outcome"]


def test_usage() -> None:
    from click.testing import CliRunner
    from comply_db.cli import main

    for arguments in (["nonsense"], ["deploy", "--lock-wait", "soon"], ["revert"]):
        assert CliRunner().invoke(main, arguments).exit_code == 2


def test_status_from_nothing_to_done(run_cli, database, tree) -> None:
    tree.table(3, "three")
    result = run_cli("status", "--json", database=database, source=tree.root)
    assert result.exit_code == 3
    assert result.json["pending"][0] == "schema/0001__roles_and_schemas.sql"
    assert run_cli("deploy", database=database, source=tree.root).exit_code == 0
    result = run_cli("status", "--json", database=database, source=tree.root)
    assert (result.exit_code, result.json["pending"], result.json["version"]) == (0, [], 3)


@pytest.fixture
def pod(server, deployer):
    """A login that is in comply_app and in nothing else."""
    with server.admin() as conn:
        conn.execute(
            "do $$ begin if to_regrole('test_pod') is null then create role test_pod login; end if; end $$"
        )
        conn.execute("grant comply_app to test_pod")
    return "test_pod"


def test_a_pod_waits_for_a_version(start_cli, run_cli, database, tree, pod, server) -> None:
    """It starts before the first deployment, has no rights, and never deploys."""
    wait = ["--dsn", server.dsn(database.name, pod), "status", "--wait-for", "3", "--timeout"]
    assert run_cli(*wait, "1s").exit_code == 3
    assert database.value("select to_regnamespace('comply')") is None
    tree.table(3, "three", before="select pg_catalog.pg_sleep(2);")
    process = start_cli("deploy", database=database, source=tree.root)
    result = run_cli(*wait, "60s")
    assert result.exit_code == 0, result.stderr
    assert database.value("select to_regclass('comply.three')::text") == "comply.three"
    process.communicate(timeout=30)
    assert run_cli(*wait[:-1], "--timeout", "1s").exit_code == 0
    result = run_cli(*wait[:2], "--source", str(tree.root), "status", "--json")
    assert (result.exit_code, result.json["version"]) == (0, 3)
    assert run_cli(*wait[:2], "--source", str(tree.root), "deploy").exit_code == 8


def test_status_shows_health(run_cli, installed) -> None:
    result = run_cli("status", "--json", database=installed)
    assert {row["status"] for row in result.json["health"]} <= {"ok", "warn", "fail"}
    assert len(result.json["health"]) > 5


def test_plan_shows_units_and_locks(run_cli, ground, tree) -> None:
    tree.table(3, "three")
    tree.add("schema/0004__alter.sql", "alter table comply.three add column n integer;")
    result = run_cli("plan", "--json", database=ground, source=tree.root)
    assert result.exit_code == 3
    assert result.json["units"][-1]["locks"] == ["ACCESS EXCLUSIVE on comply.three"]
    assert ground.value("select to_regclass('comply.three')") is None


def test_verify_runs_the_verify_files(run_cli, ground, tree) -> None:
    tree.table(3, "three")
    path = tree.root / "schema/0003__three.verify.sql"
    path.write_text("do $$ begin assert to_regclass('comply.three') is not null, 'three is gone'; end $$;")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    assert run_cli("verify", database=ground, source=tree.root).exit_code == 0
    ground.run("drop table comply.three")
    result = run_cli("verify", database=ground, source=tree.root)
    assert result.exit_code == 4
    assert "three is gone" in result.stderr
    query = "select count(*) from comply_private.schema_migration_events where event = 'verify'"
    assert ground.value(query) == 2


def test_a_verify_file_leaves_nothing(run_cli, ground, tree) -> None:
    tree.add(
        "schema/0003__three.sql",
        "create table comply.three (id integer);",
        verify="insert into comply.three values (1); create table comply.left_behind ();",
    )
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    assert run_cli("verify", database=ground, source=tree.root).exit_code == 0
    assert ground.value("select count(*) from comply.three") == 0
    assert ground.value("select to_regclass('comply.left_behind')") is None


def test_revert_uses_the_stored_text_and_restores_earlier_functions(run_cli, ground, tree) -> None:
    tree.function("f", "return 1;")
    tree.table(3, "three")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.table(4, "four")
    tree.function("f", "return 2;")
    tree.function("g", "return 3;")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    (tree.root / "schema/0004__four.revert.sql").write_text("nonsense")
    result = run_cli("revert", "--to", "3", database=ground)
    assert result.exit_code == 0, result.stderr
    assert ground.value("select to_regclass('comply.four')") is None
    # f was sent with its new text before version 4 was: it stands above it in the manifest.
    assert ground.value("select comply.f()") == 2
    assert ground.value("select to_regproc('comply.g')") is None
    assert run_cli("drift", database=ground).exit_code == 0
    tree.function("g", "return 4;")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.function("g", "return 5;")
    tree.table(5, "five")
    tree.lines.append(tree.lines.pop(tree.lines.index("functions/comply.g.sql")))
    tree.save()
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    result = run_cli("revert", "--to", "4", database=ground)
    assert result.exit_code == 0, result.stderr
    assert ground.value("select comply.g()") == 4
    assert run_cli("drift", database=ground).exit_code == 0
    assert ground.value("select count(*) from comply_private.verify_history()") == 0


def test_what_cannot_be_reverted(run_cli, ground, tree) -> None:
    tree.add(
        "schema/0003__once.sql",
        "-- comply: irreversible: it deletes\ncreate table comply.once ();",
        revert=None,
    )
    tree.table(4, "four")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    result = run_cli("revert", "--to", "2", database=ground, source=tree.root)
    assert result.exit_code == 4
    assert "irreversible" in result.stderr
    assert ground.value("select comply.schema_version()") == 4
    assert run_cli("revert", "--to", "3", database=ground, source=tree.root).exit_code == 0
    result = run_cli("revert", "--to", "1", database=ground, source=tree.root)
    assert result.exit_code == 4
    assert "carries the history" in result.stderr


def test_a_failing_revert_changes_nothing(run_cli, ground, tree) -> None:
    tree.add(
        "schema/0003__three.sql", "create table comply.three ();", "drop table comply.three; select 1 / 0;"
    )
    tree.function("g")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    assert run_cli("revert", "--to", "2", database=ground, source=tree.root).exit_code == 6
    assert ground.value("select to_regclass('comply.three')::text") == "comply.three"
    assert ground.value("select comply.g()") == 1
    assert ground.value("select comply.schema_version()") == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("commit;", 7),
        ("commit; begin;", 7),
        ("commit; select 1 / 0;", 7),
        ("select pg_catalog.pg_advisory_unlock_all();", 6),
    ],
)
def test_a_revert_that_breaks_out(run_cli, ground, tree, words, code) -> None:
    """G7 holds for reverts as well."""
    tree.add("schema/0003__three.sql", "create table comply.three ();", f"drop table comply.three; {words}")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    assert run_cli("revert", "--to", "2", database=ground, source=tree.root).exit_code == code
    assert ground.value("select comply.schema_version()") == 3
    assert (ground.value("select to_regclass('comply.three')") is None) == (code == 7)


def test_doctor_says_what_is_missing(run_cli, database, server, pod) -> None:
    assert run_cli("doctor", database=database).exit_code == 0
    result = run_cli("--dsn", server.dsn(database.name, pod), "doctor")
    assert result.exit_code == 4
    assert "FAIL set role" in result.stderr


FINDINGS = {
    "transaction": ("schema/0003__x.sql", "commit;"),
    "syntax": ("schema/0003__x.sql", "selekt 1;"),
    "no-transaction": ("schema/0003__x.sql", "create index concurrently i on comply.t (a);"),
    "header": ("schema/0003__x.sql", "-- comply: lock-timeout: soon\nselect 1;"),
    "bytes": ("schema/0003__x.sql", "select 1;\r\n"),
    "statement": ("schema/0003__x.sql", "copy comply.t from stdin;"),
    "form": ("functions/comply.x.sql", "create function comply.x() returns int language sql return 1;"),
    "plpgsql": (
        "functions/comply.x.sql",
        "create or replace function comply.x() returns int language plpgsql as $$ begin retrun 1; end $$;",
    ),
    "ban-drop-column": ("schema/0003__x.sql", "alter table comply.t drop column a;"),
}


@pytest.mark.parametrize(("rule", "file"), FINDINGS.items(), ids=FINDINGS.keys())
def test_check_finds(run_cli, tree, rule, file) -> None:
    path, text = file
    assert run_cli("check", source=tree.root).exit_code == 0
    tree.add(path, text.encode())
    result = run_cli("check", "--json", source=tree.root)
    assert result.exit_code == 4
    assert {f["rule"] for f in result.json["findings"]} >= {rule}
    assert any(f["path"].startswith(path) for f in result.json["findings"] if f["rule"] == rule)


MORE_FINDINGS = {
    "a no-transaction statement that nothing can judge": "-- comply: no-transaction\nvacuum comply.t;",
    "a no-transaction index without a name": "-- comply: no-transaction\n"
    "create index concurrently on comply.t (a);",
    "an unknown header": "-- comply: no-transactoin\nselect 1;",
    "a lock given up": "select pg_catalog.pg_advisory_unlock_all();",
    "a rebuild of nothing": "-- comply: rebuild: policies/comply.nothing.sql\nselect 1;",
    "discard": "discard all;",
}


@pytest.mark.parametrize("text", MORE_FINDINGS.values(), ids=MORE_FINDINGS.keys())
def test_check_finds_also(run_cli, tree, text) -> None:
    tree.add("schema/0003__x.sql", text)
    assert run_cli("check", source=tree.root).exit_code == 4


def test_check_finds_files_that_are_missing_or_not_named(run_cli, tree) -> None:
    tree.add("schema/0003__x.sql", "select 1;", revert=None)
    (tree.root / "functions/comply.forgotten.sql").write_text("select 1;")
    result = run_cli("check", "--json", source=tree.root)
    assert {(f["path"], f["rule"]) for f in result.json["findings"]} == {
        ("schema/0003__x.sql", "revert"),
        ("functions/comply.forgotten.sql", "manifest"),
    }


def test_a_finding_is_silenced_with_a_reason(run_cli, tree) -> None:
    text = "alter table comply.t drop column a;"
    tree.add("schema/0003__x.sql", f"-- comply: allow: ban-drop-column\n{text}")
    assert run_cli("check", source=tree.root).exit_code == 4
    tree.add("schema/0003__x.sql", f"-- comply: allow: ban-drop-column nobody reads it\n{text}")
    assert run_cli("check", source=tree.root).exit_code == 0
