"""psql, the runner, upgrades, reverts: every way leads to the same schema, without a superuser."""

import os
import subprocess

import pytest
from comply_db.manifest import VERSIONED, read_manifest
from conftest import ROOT, Database, Result

LAST_OF_BOOTSTRAP = 2


def dump(database: Database) -> str:
    done = subprocess.run(
        ["pg_dump", "--schema-only", "--restrict-key=x", database.admin_dsn],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def psql(database: Database, *arguments: str, stdin: str | None = None) -> Result:
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.dsn, *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def by_psql(make_database) -> Database:
    """The real tree, installed by psql as the deployer."""
    database = make_database()
    result = psql(database, "-f", "schema/install.sql")
    assert result.exit_code == 0, result.stderr
    return database


def test_psql_and_the_runner_make_the_same(by_psql, installed) -> None:
    """G10, F17"""
    expected = dump(by_psql)
    assert "create policy" in expected.lower()
    assert dump(installed) == expected


def test_plan_as_a_script_makes_the_same(run_cli, database, installed) -> None:
    """A DBA runs plan --sql by psql; the runner then has nothing to do."""
    planned = run_cli("plan", "--sql", database=database)
    assert planned.exit_code == 3
    result = psql(database, "-o", os.devnull, stdin=planned.stdout)
    assert result.exit_code == 0, result.stderr
    assert dump(database) == dump(installed)
    assert run_cli("deploy", "--json", database=database).json["units"] == []
    assert run_cli("drift", database=database).exit_code == 0


def test_deploy_revert_deploy(run_cli, database, installed) -> None:
    """G10: reverting to the ground leaves the ground; deploying again makes the same as at first."""
    assert run_cli("deploy", "--to", str(LAST_OF_BOOTSTRAP), database=database).exit_code == 0
    ground, whole = dump(database), dump(installed)
    result = run_cli("revert", "--to", str(LAST_OF_BOOTSTRAP), database=installed)
    assert result.exit_code == 0, result.stderr
    assert dump(installed) == ground
    assert run_cli("drift", database=installed).exit_code == 0
    result = run_cli("deploy", database=installed)
    assert result.exit_code == 0, result.stderr
    assert dump(installed) == whole
    assert run_cli("drift", database=installed).exit_code == 0
    assert installed.value("select count(*) from comply_private.verify_history()") == 0


def test_version_by_version_makes_the_same(run_cli, database, installed) -> None:
    """G10: an upgrade is the same walk."""
    versions = [f.version for f in read_manifest(ROOT).named if f.version is not None]
    for version in versions[1::2]:
        result = run_cli("deploy", "--to", str(version), database=database)
        assert result.exit_code == 0, result.stderr
        assert database.value("select comply.schema_version()") == version
    assert run_cli("deploy", database=database).exit_code == 0
    assert dump(database) == dump(installed)


def test_baseline_adopts_what_psql_installed(run_cli, by_psql) -> None:
    """Until then the runner touches nothing; afterwards it has nothing to do."""
    before = dump(by_psql)
    result = run_cli("deploy", database=by_psql)
    assert result.exit_code == 4
    assert "baseline" in result.stderr
    last = max(f.version for f in read_manifest(ROOT).named if f.version is not None)
    result = run_cli("baseline", str(last), database=by_psql)
    assert result.exit_code == 0, result.stderr
    assert run_cli("deploy", "--json", database=by_psql).json["units"] == []
    assert run_cli("drift", database=by_psql).exit_code == 0
    assert run_cli("revert", "--to", str(last - 1), database=by_psql).exit_code == 0
    assert run_cli("deploy", database=by_psql).exit_code == 0
    assert dump(by_psql) == before
    assert run_cli("baseline", str(last), database=by_psql).exit_code == 4
    assert by_psql.value("select count(*) from pg_database where datname ~ '^comply_scratch_'") == 0


def test_baseline_refuses_what_is_not_the_same(run_cli, by_psql) -> None:
    by_psql.run("grant select on comply_private.context_keys to comply_reader")
    last = max(f.version for f in read_manifest(ROOT).named if f.version is not None)
    result = run_cli("baseline", str(last), "--json", database=by_psql)
    assert result.exit_code == 9
    assert [row["object"] for row in result.json["drift"]] == ["table comply_private.context_keys"]
    assert by_psql.value("select count(*) from comply_private.schema_migrations") == 0


def test_the_deployer_is_nobody_special(run_cli, installed, deployer) -> None:
    """G13: no superuser, not the owner of the database or of public, no extension but those of Azure."""
    facts = installed.value(
        "select row(rolsuper, rolbypassrls, rolreplication)::text from pg_roles where rolname = %s", deployer
    )
    assert facts == "(f,f,f)"
    assert installed.value(
        "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    ) != (deployer)
    assert installed.value("select count(*) from pg_event_trigger") == 0
    assert (
        installed.value("select count(*) from pg_extension where extname not in ('plpgsql', 'pgcrypto')") == 0
    )
    assert (
        installed.value(
            "select count(*) from comply_private.schema_migration_events"
            " where event = 'run_begin' and context ->> 'session_user' = %s",
            deployer,
        )
        == 1
    )
    assert run_cli("doctor", database=installed).exit_code == 0


def test_the_real_tree_has_no_findings(run_cli) -> None:
    result = run_cli("check")
    assert result.exit_code == 0, result.stderr


def test_every_version_has_a_name_of_the_form() -> None:
    for path in (ROOT / "schema").glob("0*.sql"):
        name = path.relative_to(ROOT).as_posix().replace(".revert.sql", ".sql").replace(".verify.sql", ".sql")
        assert VERSIONED.match(name), name
