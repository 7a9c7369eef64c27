"""Digests leave the database, to a folder and to Azure Blob Storage, and it is checked against them."""

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from comply_db import proof
from comply_db.errors import Exit, RunnerError
from comply_db.store import Container, Folder
from conftest import Database, Result

AZURITE = "azurite@3.33.0"
ACCOUNT = "devstoreaccount1"
# Azurite's own, in its documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

Run = Callable[..., Result]


@pytest.fixture
def sealed(installed: Database) -> Database:
    """A database with one sealed row."""
    seal(installed, "acme")
    return installed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for digests."""
    path = tmp_path / "digests"
    path.mkdir()
    return path


def seal(database: Database, tenant: str) -> None:
    """Add a tenant, which leaves an audit row, and seal it."""
    with database.connect(None) as conn:
        conn.execute("select comply.add_tenant(%s, %s)", [tenant, tenant])
        conn.execute("call comply.seal_audit()")


def files(folder: Path) -> list[dict[str, Any]]:
    """Return the digests of a folder, the oldest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())]


class TestCheckpoint:
    """comply-db checkpoint --to."""

    def test_each_digest_continues_the_one_before(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """By a proof in the file, which can be checked without the database."""
        for number in range(3):
            result = run_cli("checkpoint", "--to", str(folder), "--json", database=sealed)
            assert result.exit_code == 0, result.stderr
            assert result.json["checkpoint"]["file"] == f"{folder}/0001-{number:08}.json"
            seal(sealed, f"tenant-{number}")
        first, second, third = files(folder)
        assert first["proof"] is None
        assert first["continues"] is None
        assert first["database"] == sealed.name
        assert second["continues"] == "0001-00000000.json"
        for old, new in ((first, second), (second, third)):
            assert new["lost"] == []
            assert new["proof"]["from"]["digest"] == old["digest"]
            assert old["digest"] in proof.check(json.dumps(new["proof"]).encode(), new["digest"])
        assert third["digest"] == sealed.value(
            "select encode(digest, 'hex') from comply.ledger_checkpoints order by seq desc limit 1"
        )
        told = "select count(*) from comply.checkpoint_exports as e where e.location like '%.json'"
        assert sealed.value(told) == 3

    def test_nothing_new_is_nothing_written(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """A scheduler may run it more often than the sealer."""
        for _ in range(2):
            assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        assert len(files(folder)) == 1

    def test_an_operator_may(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """A login that sees no row of any tenant is enough."""
        sealed.run(
            "do $$ begin if to_regrole('test_operator') is null then create role test_operator login;"
            " end if; end $$; grant comply_operator to test_operator"
        )
        dsn = ("--dsn", sealed.server.dsn(sealed.name, "test_operator"))
        for number in range(2):
            result = run_cli(*dsn, "checkpoint", "--to", str(folder))
            assert result.exit_code == 0, result.stderr
            seal(sealed, f"tenant-{number}")
        result = run_cli(*dsn, "verify-audit", "--digests", str(folder))
        assert result.exit_code == 0, result.stderr

    def test_a_file_is_never_replaced(self, folder: Path) -> None:
        """Nor can it be written to by mistake."""
        store = Folder(str(folder))
        store.create("a", b"first")
        with pytest.raises(RunnerError) as refused:
            store.create("a", b"second")
        assert refused.value.exit_code == Exit.LOCKED
        assert store.read("a") == b"first"
        assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o444

    def test_a_file_that_could_not_be_written_is_not_there(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A half of a digest would stop every later run."""

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(RunnerError, match="No space left"):
            Folder(str(folder)).create("a", b"first")
        assert list(folder.iterdir()) == []

    def test_a_database_that_was_rolled_back_is_refused(
        self, sealed: Database, folder: Path, run_cli: Run, make_database: Callable[..., Database]
    ) -> None:
        """Until somebody says that it was restored, which the next digest then tells for ever."""
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        backup = make_database(sealed)
        seal(sealed, "globex")
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        lost = files(folder)[-1]

        seal(backup, "initech")
        result = run_cli("checkpoint", "--to", str(folder), database=backup)
        assert result.exit_code == Exit.TAMPERED
        assert "0001-00000001.json is not in the history" in result.stderr
        assert "comply.begin_incarnation" in result.stderr
        assert len(files(folder)) == 2
        assert backup.value("select count(*) from comply.ledger_checkpoints") == 1
        result = run_cli("verify-audit", "--digests", str(folder), database=backup)
        assert result.exit_code == Exit.TAMPERED
        assert "digest_missing" in result.stderr

        backup.value("select comply.begin_incarnation('restored the backup of today', %s)", lost["digest"])
        for _ in range(2):
            result = run_cli("checkpoint", "--to", str(folder), database=backup)
            assert result.exit_code == 0, result.stderr
            seal(backup, f"tenant-{time.monotonic_ns()}")
        first, *_, third, fourth = files(folder)
        assert third["continues"] == "0001-00000000.json"
        assert third["lost"] == [{"name": "0001-00000001.json", "digest": lost["digest"]}]
        assert third["proof"]["from"]["digest"] == first["digest"]
        assert (fourth["incarnation"], fourth["lost"]) == (2, [])
        result = run_cli("verify-audit", "--digests", str(folder), database=backup)
        assert result.exit_code == 0, result.stderr

    @pytest.mark.parametrize(
        "rewrite",
        [
            "update comply.ledger_checkpoints set digest = sha256(digest) where seq = 0",
            "update comply_private.ledger_nodes set hash = sha256(hash) where stream = 'checkpoints'"
            " and level = 0; update comply_private.ledger_state set peaks = sha256(peaks)",
        ],
        ids=["the digest", "the history"],
    )
    def test_a_ledger_that_was_rewritten_is_refused(
        self, sealed: Database, folder: Path, run_cli: Run, rewrite: str
    ) -> None:
        """Whether SQL does not know the digest, or its proof does not hold outside."""
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        seal(sealed, "globex")
        sealed.run("alter table comply.ledger_checkpoints disable trigger user; " + rewrite)
        result = run_cli("checkpoint", "--to", str(folder), database=sealed)
        assert result.exit_code == Exit.TAMPERED, result.stderr
        assert len(files(folder)) == 1
        assert sealed.value("select count(*) from comply.ledger_checkpoints") == 1

    @pytest.mark.parametrize("data", ["", "{", "{}", "[]", '{"digest": 1}'])
    def test_a_file_that_is_no_digest_stops_it(
        self, sealed: Database, folder: Path, run_cli: Run, data: str
    ) -> None:
        """It may be the newest digest, cut short or overwritten: somebody has to look."""
        (folder / "0001-00000007.json").write_text(data, encoding="utf-8")
        for command in (("checkpoint", "--to"), ("verify-audit", "--digests")):
            result = run_cli(*command, str(folder), database=sealed)
            assert result.exit_code == Exit.INVALID
            assert "0001-00000007.json is no digest" in result.stderr

    def test_other_files_are_left_alone(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """A README beside the digests is none of them."""
        (folder / "README.md").write_text("Do not delete.", encoding="utf-8")
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        assert run_cli("verify-audit", "--digests", str(folder), database=sealed).exit_code == 0

    def test_a_folder_that_is_not_there(self, sealed: Database, tmp_path: Path, run_cli: Run) -> None:
        """Is not made: a typing error would begin a second history."""
        result = run_cli("checkpoint", "--to", str(tmp_path / "nowhere"), database=sealed)
        assert result.exit_code == Exit.CONNECT
        assert "No such file or directory" in result.stderr


class TestVerifyAudit:
    """comply-db verify-audit."""

    def test_an_intact_database(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """From inside, against a digest, against all that were kept, and of one tenant."""
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        digest = files(folder)[0]["digest"]
        for options, said in (
            ((), "from inside"),
            (("--digest", digest), "against the digest"),
            (("--digests", str(folder)), "against 1 digest"),
            (("--tenant", "acme", "--digests", str(folder)), "against 1 digest"),
        ):
            result = run_cli("verify-audit", *options, database=sealed)
            assert result.exit_code == 0, result.stderr
            assert said in result.stderr

    def test_an_edited_row_is_named(self, sealed: Database, folder: Path, run_cli: Run) -> None:
        """With its tenant, its stream and its id."""
        assert run_cli("checkpoint", "--to", str(folder), database=sealed).exit_code == 0
        row = sealed.value("select id::text from comply.audit_trail")
        sealed.run(
            "alter table comply.audit_trail disable trigger _100_refuse_change;"
            " update comply.audit_trail set actor = 'nobody';"
            " alter table comply.audit_trail enable always trigger _100_refuse_change"
        )
        result = run_cli("verify-audit", "--json", "--digests", str(folder), database=sealed)
        assert result.exit_code == Exit.TAMPERED
        found = [each for each in result.json["problems"] if each["problem"] == "row_edited"]
        assert [(each["tenant"], each["audit_id"]) for each in found] == [("acme", row)]
        assert "row_edited: " in result.stderr
        assert row in result.stderr

    def test_a_digest_of_elsewhere(self, sealed: Database, run_cli: Run) -> None:
        """One that no checkpoint has."""
        result = run_cli("verify-audit", "--digest", "0" * 64, database=sealed)
        assert result.exit_code == Exit.TAMPERED
        assert "digest_missing" in result.stderr


class TestAzureBlob:
    """The same in a container of Azure Blob Storage."""

    def test_digests_go_there_and_continue_each_other(
        self, sealed: Database, container: Any, azurite: str, run_cli: Run
    ) -> None:
        """And verify-audit reads them there."""
        env = {"AZURE_STORAGE_CONNECTION_STRING": azurite}
        for number in range(3):
            result = run_cli("checkpoint", "--to", container.url, database=sealed, env=env)
            assert result.exit_code == 0, result.stderr
            if number:
                seal(sealed, f"tenant-{number}")
        assert list(container.list_blob_names()) == ["0001-00000000.json", "0001-00000001.json"]
        second = json.loads(container.download_blob("0001-00000001.json").readall())
        assert second["continues"] == "0001-00000000.json"
        proof.check(json.dumps(second["proof"]).encode(), second["digest"])
        result = run_cli("verify-audit", "--digests", container.url, database=sealed, env=env)
        assert result.exit_code == 0, result.stderr
        assert "against 2 digest(s)" in result.stderr

    def test_a_blob_is_never_replaced(
        self, container: Any, azurite: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If-None-Match decides at the server, so two runs cannot both win."""
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
        store = Container(container.url, None)
        store.create("a", b"first")
        with pytest.raises(RunnerError) as refused:
            store.create("a", b"second")
        assert refused.value.exit_code == Exit.LOCKED
        assert store.read("a") == b"first"
        assert store.names() == ["a"]

    def test_a_container_of_another_account_is_refused(
        self, sealed: Database, azurite: str, run_cli: Run
    ) -> None:
        """The URL says where; the connection string may only say how."""
        result = run_cli(
            "checkpoint",
            "--to",
            "https://other.blob.core.windows.net/digests",
            database=sealed,
            env={"AZURE_STORAGE_CONNECTION_STRING": azurite},
        )
        assert result.exit_code == Exit.USAGE
        assert "not the one of AZURE_STORAGE_CONNECTION_STRING" in result.stderr

    def test_a_container_that_is_not_there(
        self, sealed: Database, container: Any, azurite: str, run_cli: Run
    ) -> None:
        """Is told, and no checkpoint is made."""
        container.delete_container()
        result = run_cli(
            "checkpoint",
            "--to",
            container.url,
            database=sealed,
            env={"AZURE_STORAGE_CONNECTION_STRING": azurite},
        )
        assert result.exit_code == Exit.CONNECT
        assert container.url in result.stderr
        assert sealed.value("select count(*) from comply.ledger_checkpoints") == 0

    def test_a_way_to_log_in_that_blobs_do_not_take(self, sealed: Database, run_cli: Run) -> None:
        """A token for PostgreSQL is none for storage."""
        result = run_cli(
            "--auth", "token-env", "checkpoint", "--to", "https://a.blob.core.windows.net/b", database=sealed
        )
        assert result.exit_code == Exit.USAGE
        assert "managed-identity" in result.stderr
