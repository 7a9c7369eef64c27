"""Erasures beside holds, writers, each other and kills; and that nothing of a subject is left anywhere."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from comply_db import envelope, kek, proof
from conftest import Database, Result, wait_until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealed_trail import findings, seal

EXAMPLES = 30
RECORD = """
insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, metadata, subject_id)
values (%(tenant)s, coalesce(%(at)s, comply.now()), md5(%(note)s) || md5(%(note)s), 'presidio', '1',
  '{"labels": ["PII.Person.Name"]}', jsonb_build_object('note', %(note)s::text), %(subject)s)
returning id
"""
EXECUTION = """
insert into comply.detector_executions (
  tenant_id, detector_type, model_version, latency_ms, success, error_message, subject_id)
values (%(tenant)s, 'presidio', '1', 1, false, %(note)s, %(subject)s)
"""
REJECT = """
insert into comply.load_rejects (tenant_id, load_id, line_no, detector_type, model_version, reason, line)
values (%(tenant)s, gen_random_uuid(), 1, 'presidio', '1', 'no_hash',
  json_build_object('subject_id', %(subject)s::text, 'note', %(note)s::text)::text)
"""
TABLES = """
select c.oid::regclass::text
from pg_class as c
where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
  and c.relkind in ('r', 'p')
  and not c.relispartition
order by 1
"""
STATE = "select state from comply.erasures where tenant_id = %s"


@pytest.fixture
def conn(installed: Database) -> Iterator[psycopg.Connection[Any]]:
    """The superuser, in a database with two tenants."""
    with installed.connect(None) as conn:
        conn.execute("select comply.add_tenant('acme'), comply.add_tenant('globex')")
        yield conn


def write(conn: psycopg.Connection[Any], statement: str, subject: str | None, note: str, **more: Any) -> Any:
    """Write a row that names a subject, and carries a note; return what the statement returns."""
    values = {"tenant": "acme", "at": None} | more | {"subject": subject, "note": note}
    cursor = conn.execute(statement, values)
    return cursor.fetchone()[0] if cursor.description else None


def places_with(conn: psycopg.Connection[Any], marker: str) -> list[str]:
    """Return the tables that have a text in any row and column."""
    return [
        table
        for (table,) in conn.execute(TABLES).fetchall()
        if conn.execute(
            f"select exists (select from {table} as t where strpos(t::text, %s) > 0)", [marker]
        ).fetchone()[0]
    ]


def erase(conn: psycopg.Connection[Any], subject: str, tenant: str = "acme") -> tuple[str, dict[str, int]]:
    """Erase a subject; return the state of the erasure, and how many rows of which tables it destroyed."""
    return conn.execute(
        "select state, rows_destroyed from comply.erase_subject(%s, %s, 'a request')", [tenant, subject]
    ).fetchone()


def finish(conn: psycopg.Connection[Any], tenant: str = "acme") -> None:
    """Call the procedure until nothing of the tenant is left to do; other databases may hold it up."""
    deadline = time.monotonic() + 30
    while True:
        conn.execute("call comply.redact_erased(10)")
        if conn.execute(
            "select bool_and(state in ('done', 'deferred')) from comply.erasures where tenant_id = %s",
            [tenant],
        ).fetchone()[0]:
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Beside:
    """A statement in a session of its own, which is expected to wait for a lock."""

    def __init__(self, database: Database, statement: str) -> None:
        self.conn = database.connect(None)
        self.result: Any = None
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=[statement])
        self.thread.start()

    def _run(self, statement: str) -> None:
        try:
            cursor = self.conn.execute(statement)
            self.result = cursor.fetchone() if cursor.description else None
        except psycopg.Error as error:
            self.error = error

    def waits(self, database: Database) -> None:
        """Wait until it waits."""
        wait_until(
            database,
            "select exists (select from pg_stat_activity where wait_event_type = 'Lock'"
            f" and pid = {self.conn.info.backend_pid})",
        )

    def end(self) -> Any:
        """Return what the statement returned, once it has."""
        self.thread.join(30)
        assert not self.thread.is_alive()
        self.conn.close()
        if self.error:
            raise self.error
        return self.result


class TestTheTrailStaysProvable:
    """What was sealed is still what was sealed."""

    def test_sealed_and_unsealed_rows_lose_their_images_and_verify(
        self, conn: psycopg.Connection[Any]
    ) -> None:
        write(conn, RECORD, "p-1", "sealed")
        other = write(conn, RECORD, "p-2", "other")
        seal(conn)
        conn.execute("select comply.checkpoint()")
        write(conn, EXECUTION, "p-1", "unsealed")
        assert erase(conn, "p-1") == ("shredded", {"storage_records": 1, "detector_executions": 1})
        assert findings(conn) == []
        seal(conn)
        digest = conn.execute("select comply.checkpoint()").fetchone()[0]
        assert findings(conn, digest=digest) == []
        assert conn.execute("select count(*) from comply.verify_records('storage_records')").fetchone() == (
            0,
        )
        for note in ("sealed", "unsealed"):
            assert places_with(conn, f'"{note}"') == []

        # Every row has its proof, with an image or without.
        redacted = 0
        for row, is_redacted in conn.execute(
            "select id, redacted_digest is not null from comply.audit_trail order by id"
        ).fetchall():
            text = conn.execute("select comply.audit_proof(%s)::text", [row]).fetchone()[0]
            said = proof.check(text.encode(), digest)
            assert ("redacted since" in said) == is_redacted
            redacted += is_redacted
        assert redacted == 4  # two inserts, two deletes
        assert other in {
            row for (row,) in conn.execute("select id from comply.storage_records where subject_id = 'p-2'")
        }

    def test_an_image_that_was_removed_beside_it_is_found(self, conn: psycopg.Connection[Any]) -> None:
        write(conn, RECORD, "p-1", "one")
        write(conn, RECORD, "p-2", "two")
        seal(conn)
        erase(conn, "p-1")
        assert findings(conn) == []
        with conn.transaction():
            conn.execute("alter table comply.audit_trail disable trigger _100_refuse_change")
            row = conn.execute(
                "update comply.audit_trail set redacted_digest ="
                " comply_private.image_commitment(salt, old_values, new_values),"
                " salt = null, old_values = null, new_values = null"
                " where new_values ->> 'subject_id' = 'p-2' returning id"
            ).fetchone()[0]
            conn.execute("alter table comply.audit_trail enable always trigger _100_refuse_change")
        assert findings(conn) == [("redaction_unlawful", "acme", str(row))]

    def test_a_rolled_back_erasure_leaves_everything(self, conn: psycopg.Connection[Any]) -> None:
        write(conn, RECORD, "p-1", "one")
        with conn.transaction(force_rollback=True):
            assert erase(conn, "p-1")[0] == "shredded"
        assert conn.execute("select count(*) from comply.erasures").fetchone() == (0,)
        assert conn.execute("select subject_id from comply.storage_records").fetchall() == [("p-1",)]
        assert conn.execute("select count(*) from comply_private.redaction_permits").fetchone() == (0,)


class TestOneWaitsForTheOther:
    """Two sessions, of which one has not committed yet."""

    def test_a_hold_that_is_placed_beside_an_erasure_comes_after_it(
        self, installed: Database, conn: psycopg.Connection[Any]
    ) -> None:
        write(conn, RECORD, "p-1", "one")
        with conn.transaction():
            erase(conn, "p-1")
            hold = Beside(installed, "select comply.place_hold('acme', 'Matter 7', 'a test')")
            hold.waits(installed)
        assert hold.end() == (True,)
        assert conn.execute("select count(*) from comply.storage_records").fetchone() == (0,)

    def test_an_erasure_beside_a_hold_sees_it(
        self, installed: Database, conn: psycopg.Connection[Any]
    ) -> None:
        write(conn, RECORD, "p-1", "one")
        with conn.transaction():
            conn.execute("select comply.place_hold('acme', 'Matter 7', 'a test')")
            beside = Beside(installed, "select (comply.erase_subject('acme', 'p-1', 'a request')).state")
            beside.waits(installed)
        assert beside.end() == ("deferred",)
        assert conn.execute("select subject_id from comply.storage_records").fetchall() == [("p-1",)]

    def test_an_erasure_in_an_old_view_is_refused(self, conn: psycopg.Connection[Any]) -> None:
        for isolation in ("repeatable read", "serializable"):
            for call in (
                "comply.erase_subject('acme', 'p-1', 'x')",
                "comply.erase_tenant('acme', 'x')",
                "comply.redact_batch()",
            ):
                with pytest.raises(psycopg.Error) as error, conn.transaction():
                    conn.execute(f"set transaction isolation level {isolation}")
                    conn.execute(f"select {call}")
                assert error.value.sqlstate == "PC331"

    def test_two_erasures_of_one_subject_are_one(
        self, installed: Database, conn: psycopg.Connection[Any]
    ) -> None:
        write(conn, RECORD, "p-1", "one")
        with conn.transaction():
            erase(conn, "p-1")
            beside = Beside(
                installed,
                "select state, rows_destroyed, images_redacted"
                " from comply.erase_subject('acme', 'p-1', 'again')",
            )
            beside.waits(installed)
        assert beside.end() == ("shredded", {"storage_records": 1}, 2)
        assert conn.execute("select count(*) from comply.destruction_certificates").fetchone() == (1,)

    def test_what_was_being_written_is_swept(
        self, installed: Database, conn: psycopg.Connection[Any]
    ) -> None:
        """The erasure cannot see it, and does not wait for it; nothing is done before that has ended."""
        with installed.connect(None) as writer:
            with writer.transaction():
                write(writer, RECORD, "p-late", "kept")
                write(writer, RECORD, "p-gone", "deleted at once")
                writer.execute("delete from comply.storage_records where subject_id = 'p-gone'")
                for subject in ("p-late", "p-gone"):
                    assert erase(conn, subject) == ("shredded", {})
                conn.execute("call comply.redact_erased()")
                assert conn.execute(STATE, ["acme"]).fetchall() == [("shredded",)] * 2
            assert len(places_with(conn, "p-late")) == 2
        finish(conn)
        assert conn.execute(STATE, ["acme"]).fetchall() == [("done",)] * 2
        assert places_with(conn, "p-late") == places_with(conn, "p-gone") == []
        assert findings(conn) == []


def fill_tenant(conn: psycopg.Connection[Any], rows: int, is_sealed: bool = True) -> None:
    """Give acme a trail, and globex a short one; then take the records away, as retention does."""
    for tenant, number in (("acme", rows), ("globex", 5)):
        for note in range(number):
            write(conn, RECORD, f"p-{note % 7}", f"Zeugma {note}", tenant=tenant)
    write(conn, REJECT, "p-1", "Zeugma")
    conn.execute("delete from comply.storage_records where tenant_id = 'acme'")
    # What is still being written holds up the sealer.
    if is_sealed:
        seal(conn)


def nothing_of_acme(conn: psycopg.Connection[Any]) -> None:
    """Assert that the erasure of acme is done, once, and that globex is as it was."""
    assert conn.execute(STATE, ["acme"]).fetchall() == [("done",)]
    redacted, lines, distinct = conn.execute(
        "select (select images_redacted from comply.erasures),"
        " count(*), count(distinct record_id) from comply.audit_trail where operation = 'REDACT'"
    ).fetchone()
    assert redacted == lines == distinct > 0
    assert conn.execute(
        "select distinct tenant_id from comply.audit_trail"
        " where strpos(concat(old_values, new_values), 'Zeugma') > 0"
    ).fetchall() == [("globex",)]
    assert findings(conn) == []
    with pytest.raises(psycopg.Error) as error:
        conn.execute("select comply.enter('acme')")
    assert error.value.sqlstate == "PC333"


class TestATenant:
    """comply.redact_erased() commits often, and may be cut off anywhere."""

    def test_it_survives_kills(self, installed: Database, conn: psycopg.Connection[Any]) -> None:
        fill_tenant(conn, 150)
        conn.execute("select comply.erase_tenant('acme', 'contract over')")
        kills = 0
        for goal in (1, 60, 110, 200):
            runner = installed.connect(None)
            thread = threading.Thread(target=call_and_die, args=[runner])
            thread.start()
            progress = (
                f"select coalesce((select images >= {goal} from comply_private.redaction_progress), true)"
            )
            wait_until(installed, progress)
            kills += conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid = %s",
                [runner.info.backend_pid],
            ).rowcount
            thread.join(30)
        assert kills > 0
        finish(conn)
        nothing_of_acme(conn)

    def test_two_runs_at_once_do_not_double(self, installed: Database, conn: psycopg.Connection[Any]) -> None:
        fill_tenant(conn, 100)
        conn.execute("select comply.erase_tenant('acme', 'contract over')")
        runs = [Beside(installed, "call comply.redact_erased(5)") for _ in range(3)]
        for run in runs:
            run.end()
        finish(conn)
        nothing_of_acme(conn)

    def test_a_hold_that_is_placed_meanwhile_stops_it(self, conn: psycopg.Connection[Any]) -> None:
        fill_tenant(conn, 20)
        conn.execute("select comply.erase_tenant('acme', 'contract over')")
        assert conn.execute("select comply.redact_batch(5)").fetchone() == (5,)
        conn.execute("select comply.place_hold('acme', 'Matter 7', 'a test')")
        assert conn.execute("select comply.redact_batch(5)").fetchone() == (0,)
        conn.execute("select comply.release_hold('acme', 'Matter 7', 'over')")
        assert conn.execute("select comply.redact_batch(5)").fetchone() == (5,)
        finish(conn)
        nothing_of_acme(conn)

    def test_retention_destroys_its_rows_at_once(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("select comply.ensure_past_partitions('storage_records', '2026-01-01', '2026-02-28')")
        for at in ("2026-01-10", "2026-02-10", None):
            for tenant in ("acme", "globex"):
                for note in range(4):
                    write(conn, RECORD, f"p-{note}", f"Zeugma {at} {note}", tenant=tenant, at=at)
        conn.execute(
            "insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)"
            " values ('acme', '1', 'zeugma', 1)"
        )
        conn.execute("select comply.set_retention_settings(grace => '0')")
        conn.execute("select comply.erase_tenant('acme', 'contract over')")
        conn.execute("call comply.enforce_retention(false)")
        finish(conn)
        nothing_of_acme(conn)
        assert places_with(conn, "Zeugma") == ["comply.audit_trail", "comply.storage_records"]
        assert conn.execute(
            "select tenant_id, count(*) from comply.storage_records group by 1"
        ).fetchall() == [("globex", 12)]
        assert conn.execute("select count(*) from comply.verify_records('storage_records')").fetchone() == (
            0,
        )

    def test_what_was_being_written_behind_the_batches_goes_as_well(
        self, installed: Database, conn: psycopg.Connection[Any]
    ) -> None:
        with installed.connect(None) as writer:
            with writer.transaction():
                write(writer, RECORD, "p-1", "Zeugma, late")
                fill_tenant(conn, 5, is_sealed=False)
                conn.execute("select comply.erase_tenant('acme', 'contract over')")
                conn.execute("call comply.redact_erased()")
                assert conn.execute(STATE, ["acme"]).fetchall() == [("shredded",)]
            conn.execute("delete from comply.storage_records where tenant_id = 'acme'")
        finish(conn)
        nothing_of_acme(conn)

    def test_it_is_not_done_while_a_row_is_there(self, conn: psycopg.Connection[Any]) -> None:
        fill_tenant(conn, 3)
        write(conn, RECORD, "p-1", "one")
        conn.execute("select comply.erase_tenant('acme', 'contract over')")
        for _ in range(3):
            conn.execute("call comply.redact_erased()")
        assert conn.execute(STATE, ["acme"]).fetchall() == [("shredded",)]
        conn.execute("delete from comply.storage_records where tenant_id = 'acme'")
        finish(conn)
        nothing_of_acme(conn)


@pytest.fixture
def login(conn: psycopg.Connection[Any]) -> Iterator[Callable[[str], str]]:
    """Make a login in a role; it goes with the test, because roles are the server's."""
    name = "test_subject_login"

    def make(role: str) -> str:
        conn.execute(f"drop role if exists {name}")
        conn.execute(f"create role {name} login in role {role}")
        return name

    yield make
    conn.execute(f"drop role if exists {name}")


class TestTheCommand:
    """comply-db subject export."""

    def test_it_writes_a_file_for_its_owner_alone(
        self,
        installed: Database,
        conn: psycopg.Connection[Any],
        login: Callable[[str], str],
        run_cli: Callable[..., Result],
        tmp_path: Path,
    ) -> None:
        write(conn, RECORD, "Zoë 🦉", "one")
        write(conn, RECORD, "p-2", "two")
        user, file = login("comply_admin"), tmp_path / "export.json"
        export = ["--dsn", installed.server.dsn(installed.name, user), "subject", "export"]
        result = run_cli(*export, "acme", "Zoë 🦉", "-o", str(file))
        assert result.exit_code == 0, result.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        document = json.loads(file.read_text())
        assert [r["metadata"] for r in document["tables"]["storage_records"]] == [{"note": "one"}]
        assert document["made_by"] == user
        assert "Zoë" not in result.stdout + result.stderr
        trace = conn.execute("select distinct tenant_id, user_id, query_text from comply.access_log")
        assert trace.fetchall() == [("acme", user, f"comply.subject_export: {document['subject_digest']}")]

        assert run_cli(*export, "acme", "p-2", "-o", str(file)).exit_code == 2
        assert json.loads(file.read_text()) == document
        other = tmp_path / "other.json"
        result = run_cli(*export, "nobody", "p-2", "-o", str(other))
        assert (result.exit_code, "PC003" in result.stderr) == (2, True)
        assert not other.exists()

    def test_a_service_has_what_is_its_tenants(
        self,
        installed: Database,
        conn: psycopg.Connection[Any],
        login: Callable[[str], str],
        run_cli: Callable[..., Result],
        tmp_path: Path,
    ) -> None:
        write(conn, RECORD, "p-1", "one")
        user, file = login("comply_app"), tmp_path / "export.json"
        dsn = installed.server.dsn(installed.name, user)
        result = run_cli("--dsn", dsn, "subject", "export", "acme", "p-1", "-o", str(file), "--json")
        assert result.exit_code == 0, result.stderr
        assert result.json["sealed"] == 0
        assert len(json.loads(file.read_text())["tables"]["storage_records"]) == 1
        assert conn.execute("select distinct user_id from comply.access_log").fetchall() == [(user,)]


class TestKeys:
    """What the keys of a subject do for its export, and what is left without them."""

    def test_fields_are_opened_for_an_export_and_never_after_an_erasure(
        self,
        installed: Database,
        conn: psycopg.Connection[Any],
        login: Callable[[str], str],
        run_cli: Callable[..., Result],
        tmp_path: Path,
    ) -> None:
        conn.execute("create extension pgcrypto")
        wrapping = tmp_path / "kek"
        wrapping.touch(0o600)
        wrapping.write_bytes(base64.b64encode(os.urandom(32)))
        where = ["--kek", f"file:{wrapping}"]
        user = login("comply_admin")
        dsn = ["--dsn", installed.server.dsn(installed.name, user)]
        for scope in ([], ["--subject", "p-1"]):
            done = run_cli(*dsn, "keys", "add", "acme", *scope, *where)
            assert done.exit_code == 0, done.stderr

        opened: dict[uuid.UUID, bytes] = {}
        wraps = kek.open_kek(f"file:{wrapping}", None)
        for named, is_subject, wrapper, wrapped in conn.execute(
            "select key_id, is_subject, wrapper, wrapped from comply.wrapped_keys('acme', 'p-1') order by 2"
        ).fetchall():
            opened[named] = (
                envelope.unwrap_subject_key(wrapped, "acme", named, opened[uuid.UUID(wrapper)])
                if is_subject
                else kek.unwrap_key([wraps], wrapper, wrapped, "acme", "enc", named)
            )
        row = write(conn, RECORD, "p-1", "one")
        with conn.transaction():
            conn.execute(
                "select comply.open_keys(%s::uuid[], %s::bytea[], 'acme')",
                [list(opened), list(opened.values())],
            )
            conn.execute(
                "update comply.storage_records set confidential ="
                " comply.seal_field('Zoë 🦉', 'storage_records', 'confidential', id, 'p-1') where id = %s",
                [row],
            )

        export = [*dsn, "subject", "export", "acme", "p-1", "-o"]
        for number, (options, sealed) in enumerate([([], 1), (where, 0)]):
            file = tmp_path / f"{number}.json"
            done = run_cli(*export, str(file), *options)
            assert done.exit_code == 0, done.stderr
            document = json.loads(file.read_text())
            assert document["fields_sealed"] == sealed
            field = document["tables"]["storage_records"][0]["confidential"]
            assert (field == "Zoë 🦉") == (not sealed)

        copy = conn.execute("select confidential from comply.storage_records").fetchone()[0]
        assert erase(conn, "p-1")[0] == "shredded"
        assert run_cli(*export, str(tmp_path / "after.json"), *where).exit_code == 0
        assert json.loads((tmp_path / "after.json").read_text())["tables"]["storage_records"] == []
        with pytest.raises(psycopg.Error) as error:
            conn.execute(
                "select comply.open_keys(%s::uuid[], %s::bytea[], 'acme')",
                [list(opened), list(opened.values())],
            )
        assert error.value.sqlstate == "PC321"
        # Whoever kept the unwrapped key kept a copy of what it opens: the database has neither.
        assert places_with(conn, copy.hex()) == []


def call_and_die(conn: psycopg.Connection[Any]) -> None:
    """Call the procedure in small batches, over and over, until the session is killed."""
    with suppress(psycopg.Error):
        while True:
            conn.execute("call comply.redact_erased(3)")
    conn.close()


SUBJECTS = ["p-0", "p-1", "p-2", "Zoë 🦉", "a'b\"c\\d"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from([*SUBJECTS, None]), st.integers(0, 3)),
        st.tuples(st.just("execution"), st.sampled_from(SUBJECTS), st.just(0)),
        st.tuples(st.just("reject"), st.sampled_from(SUBJECTS), st.just(0)),
        st.tuples(st.just("change"), st.sampled_from(SUBJECTS), st.just(0)),
        st.tuples(st.just("delete"), st.sampled_from(SUBJECTS), st.just(0)),
        st.tuples(st.just("erase"), st.sampled_from(SUBJECTS), st.just(0)),
        st.tuples(st.just("hold"), st.none(), st.integers(0, 3)),
        st.tuples(st.just("release"), st.none(), st.integers(0, 3)),
        st.tuples(st.just("run"), st.none(), st.just(0)),
        st.tuples(st.just("seal"), st.none(), st.just(0)),
    ),
    min_size=4,
    max_size=25,
)
MONTHS = ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"]


@pytest.fixture(scope="module")
def everything(
    make_database: Callable[..., Database], template: Database
) -> Iterator[psycopg.Connection[Any]]:
    """One database for all examples, of which each has a tenant."""
    with make_database(template).connect(None) as conn:
        conn.execute(
            f"select comply.ensure_past_partitions('storage_records', '{MONTHS[0]}', '{MONTHS[-1]}')"
        )
        yield conn


class TestAnyOrder:
    """Random subjects, holds, erasures: exactly the rows of erased subjects are gone."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(steps=STEPS)
    def test_exactly_what_was_erased_is_gone(
        self, everything: psycopg.Connection[Any], steps: list[tuple[str, str | None, int]]
    ) -> None:
        conn = everything
        tenant = "t" + conn.execute("select md5(random()::text)").fetchone()[0][:12]
        conn.execute("select comply.add_tenant(%s)", [tenant])
        # What each subject should have: the notes of its rows; and those that must be nowhere.
        alive: dict[str | None, set[str]] = {}
        dead: set[str] = set()
        deleted: dict[str | None, set[str]] = {}
        asked: set[str] = set()
        held: set[int] = set()
        spans: dict[str | None, set[int]] = {}

        def is_held(subject: str) -> bool:
            return bool(held & spans.get(subject, set()))

        def gone(subject: str) -> None:
            dead.update(alive.pop(subject, set()), deleted.pop(subject, set()))
            spans.pop(subject, None)

        for number, (step, subject, month) in enumerate(steps):
            note = f"{tenant}:{number}:"
            if step == "record":
                write(conn, RECORD, subject, note, tenant=tenant, at=MONTHS[month])
                alive.setdefault(subject, set()).add(note)
                spans.setdefault(subject, set()).add(month)
            elif step in ("execution", "reject"):
                write(conn, EXECUTION if step == "execution" else REJECT, subject, note, tenant=tenant)
                alive.setdefault(subject, set()).add(note)
            elif step == "change":
                conn.execute(
                    "update comply.storage_records set blob_path = 'changed', updated_at = comply.now()"
                    " where tenant_id = %s and subject_id = %s",
                    [tenant, subject],
                )
            elif step == "delete":
                for (lost,) in conn.execute(
                    "delete from comply.storage_records where tenant_id = %s and subject_id = %s"
                    " returning metadata ->> 'note'",
                    [tenant, subject],
                ).fetchall():
                    alive[subject].discard(lost)
                    deleted.setdefault(subject, set()).add(lost)
                spans.pop(subject, None)
            elif step == "erase":
                state, _ = erase(conn, subject, tenant)
                if is_held(subject):
                    assert state in ("deferred", "shredded", "done")
                    if state == "deferred":
                        asked.add(subject)
                else:
                    assert state in ("shredded", "done")
                    asked.discard(subject)
                    gone(subject)
            elif step == "hold" and month not in held:
                held.add(month)
                conn.execute(
                    "select comply.place_hold(%s, %s, 'a test', %s::date, %s::date + 1)",
                    [tenant, f"{month} {number}", MONTHS[month], MONTHS[month]],
                )
            elif step == "release" and month in held:
                held.discard(month)
                conn.execute(
                    "select comply.release_hold(tenant_id, matter, 'over') from comply.legal_holds"
                    " where tenant_id = %s and released_at is null and left(matter, 1) = %s",
                    [tenant, str(month)],
                )
            elif step == "run":
                conn.execute("call comply.redact_erased()")
                for waiting in {s for s in asked if not is_held(s)}:
                    asked.discard(waiting)
                    gone(waiting)
                # What a service wrote after an erasure is new; it is no straggler, but swept with them.
                for (digested,) in conn.execute(
                    "select s from unnest(%s::text[]) as s where exists (select from comply.erasures as e"
                    " where e.tenant_id = %s and e.state = 'done'"
                    " and e.subject_digest = comply_private.subject_digest(%s, s))",
                    [SUBJECTS, tenant, tenant],
                ).fetchall():
                    pass_over = digested
                    if not self._notes(conn, tenant, pass_over) and not is_held(pass_over):
                        gone(pass_over)
            elif step == "seal":
                seal(conn)
                conn.execute("reset comply.now")

        for subject, notes in alive.items():
            assert self._notes(conn, tenant, subject) == notes
        for note in dead:
            assert places_with(conn, note) == []
        for notes in deleted.values():
            for note in notes:
                assert places_with(conn, note) == ["comply.audit_trail"]
        assert [f for f in findings(conn, tenant) if f[1] == tenant] == []
        assert conn.execute(
            "select count(*) from comply.verify_records('storage_records') where tenant = %s", [tenant]
        ).fetchone() == (0,)

    @staticmethod
    def _notes(conn: psycopg.Connection[Any], tenant: str, subject: str | None) -> set[str]:
        return {
            note
            for (note,) in conn.execute(
                "select metadata ->> 'note' from comply.storage_records"
                " where tenant_id = %(tenant)s and subject_id is not distinct from %(subject)s"
                " union all select error_message from comply.detector_executions"
                " where tenant_id = %(tenant)s and subject_id is not distinct from %(subject)s"
                " union all select line::json ->> 'note' from comply.load_rejects"
                " where tenant_id = %(tenant)s and line::json ->> 'subject_id' = %(subject)s",
                {"tenant": tenant, "subject": subject},
            )
        }
