"""Keys in use: sessions, poolers, rotation beside readers and writers, and what is left of a shredded one."""

from __future__ import annotations

import base64
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pooler
import psycopg
import pytest
from comply_db import envelope, kek
from conftest import DEPLOYER, wait_until

ROWS = 1500
WHERE = "'storage_records', 'confidential'"
INSERT = f"""
insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data, encrypted, subject_id,
  confidential)
values (
  comply.current_tenant(), %(id)s, repeat('a', 64), 'presidio', 'test-1', '{{"labels": ["PII.Person.Name"]}}',
  true, %(subject)s, comply.seal_field(%(text)s, {WHERE}, %(id)s, %(subject)s))
"""
READ = f"""
select comply.open_field(r.confidential, {WHERE}, r.id) from comply.storage_records as r where r.id = %s
"""


class Service:
    """A service as docs/encryption.md describes one: it keeps unwrapped keys, and asks again when told to."""

    def __init__(self, database: Any, file_key: Path, tenant: str = "acme", login: str = "service") -> None:
        self.conn = database.connect(login)
        self.kek = kek.open_kek(f"file:{file_key}", None)
        self.tenant = tenant
        self.keys: dict[UUID, bytes] = {}
        self.fetched = 0

    def fetch(self, subject: str | None = None) -> None:
        """Ask for the tenant's keys, and a subject's, and unwrap them."""
        self.fetched += 1
        with self.transaction():
            rows = self.conn.execute(
                "select key_id, purpose, is_subject, wrapper, wrapped from comply.wrapped_keys(null, %s)",
                [subject],
            ).fetchall()
        for named, purpose, is_subject, wrapper, wrapped in rows:
            if purpose == "enc" and not is_subject:
                self.keys[named] = kek.unwrap_key([self.kek], wrapper, wrapped, self.tenant, purpose, named)
        for named, _, is_subject, wrapper, wrapped in rows:
            if is_subject:
                above = self.keys[UUID(wrapper)]
                self.keys[named] = envelope.unwrap_subject_key(wrapped, self.tenant, named, above)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Be in a transaction of the tenant."""
        with self.conn.transaction():
            self.conn.execute("select comply.enter(%s)", [self.tenant])
            yield

    def open(self) -> bool:
        """Open the keys at hand; say whether they are the newest."""
        row = self.conn.execute(
            "select comply.open_keys(%s::uuid[], %s::bytea[])", [list(self.keys), list(self.keys.values())]
        )
        return row.fetchone()[0]

    def run(self, query: str, parameters: Any) -> Any:
        """Run a query under open keys; fetch them again where there are newer, or a field does not open."""
        for last in (False, True):
            try:
                with self.transaction():
                    if not self.open() and not last:
                        raise psycopg.errors.lookup("40001")("newer keys")
                    cursor = self.conn.execute(query, parameters)
                    return cursor.fetchone()[0] if cursor.description else cursor.rowcount
            except psycopg.Error as error:
                if last or error.sqlstate not in (None, "40001", "PC324"):
                    raise
                self.fetch()
        raise AssertionError

    def add(self, text: str, subject: str | None = None) -> UUID:
        """Insert a record with a confidential part."""
        named = uuid4()
        assert self.run(INSERT, {"id": named, "text": text, "subject": subject}) == 1
        return named

    def read(self, named: UUID) -> str:
        """Return what a record has."""
        return self.run(READ, [named])


@pytest.fixture
def file_key(tmp_path: Path) -> Path:
    """A file with a key."""
    return make_file_key(tmp_path / "kek")


def make_file_key(path: Path) -> Path:
    """Make a file with a key that wraps."""
    path.touch(0o600)
    path.write_bytes(base64.b64encode(os.urandom(32)))
    return path


@pytest.fixture
def keyed(installed: Any, run_cli: Callable[..., Any], file_key: Path) -> Any:
    """A database with pgcrypto, two tenants with keys, and the login of a service."""
    installed.run("create extension pgcrypto; select comply.add_tenant('acme'), comply.add_tenant('globex')")
    installed.run(
        "do $$ begin if to_regrole('service') is null then create role service login; end if; end $$;"
        "grant comply_app to service"
    )
    # By itself: of a grant that is there already the server would change nothing.
    installed.run("grant comply_admin to test_deployer", user=DEPLOYER)
    for tenant in ("acme", "globex"):
        done = run_cli("keys", "add", tenant, "--kek", f"file:{file_key}", database=installed)
        assert done.exit_code == 0, done.stderr
    return installed


def rotating(file_key: Path) -> list[str]:
    """Return the command that rotates acme, slowly enough to be met half-way."""
    return ["keys", "rotate", "acme", "--kek", f"file:{file_key}", "--batch", "50", "--pause", "0.02"]


OLD = """
select count(*)
from comply.storage_records as r
join comply_private.data_keys as k
  on k.tenant_id = r.tenant_id and k.key_id = comply_private.envelope_key_ids(r.confidential)
where r.tenant_id = 'acme' and k.state <> 'active'
"""


def test_rotation_goes_on_beside_readers_and_writers_and_after_a_kill(
    keyed: Any, file_key: Path, start_cli: Any, run_cli: Any
) -> None:
    first = Service(keyed, file_key)
    first.fetch()
    wrote: dict[UUID, str] = {}
    with first.transaction():
        first.open()
        for i in range(ROWS):
            named = uuid4()
            first.conn.execute(INSERT, {"id": named, "text": f"text {i}", "subject": None})
            wrote[named] = f"text {i}"
    failures: list[BaseException] = []
    added: list[tuple[UUID, str]] = []
    done = threading.Event()
    reads = [0]

    def during(work: Callable[[Service], None]) -> threading.Thread:
        service = Service(keyed, file_key)
        service.fetch()

        def loop() -> None:
            try:
                while not done.is_set():
                    work(service)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=loop)
        thread.start()
        return thread

    def write(service: Service) -> None:
        text = f"added {len(added)}"
        added.append((service.add(text), text))
        time.sleep(0.005)

    known = list(wrote)

    def read(service: Service) -> None:
        named = random.choice(known)  # noqa: S311 - a row is no secret
        assert service.read(named) == wrote[named]
        reads[0] += 1

    threads = [during(write), during(read)]
    try:
        process = start_cli(*rotating(file_key), database=keyed)
        wait_until(keyed, "select coalesce(sum(rows_done), 0) >= 200 from comply_private.reseals")
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = keyed.value(OLD)
        assert 0 < left < ROWS
        again = run_cli(*rotating(file_key), database=keyed)
        assert again.exit_code == 0, again.stderr
        assert "it goes on" in again.stderr
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert len(added) > 10
    assert reads[0] > 10
    assert keyed.value(OLD) == 0
    # One new version, although it took two runs; each row was sealed anew once.
    assert keyed.value("select count(*) from comply_private.data_keys where tenant_id = 'acme'") == 2
    assert keyed.value("select sum(rows_done) from comply_private.reseals") >= ROWS
    assert keyed.value("select count(*) from comply_private.reseals where finished_at is null") == 0
    last = Service(keyed, file_key)
    last.fetch()
    for named, text in [*random.sample(list(wrote.items()), 50), *added]:
        assert last.read(named) == text
    # A run with nothing left behind begins a rotation of its own.
    assert run_cli(*rotating(file_key), database=keyed).exit_code == 0
    assert keyed.value("select max(version) from comply_private.data_keys where tenant_id = 'acme'") == 3
    assert keyed.value(OLD) == 0


def test_rotation_takes_the_keys_of_subjects_along(keyed: Any, file_key: Path, run_cli: Any) -> None:
    done = run_cli("keys", "add", "acme", "--subject", "ana", "--kek", f"file:{file_key}", database=keyed)
    assert done.exit_code == 0, done.stderr
    service = Service(keyed, file_key)
    service.fetch("ana")
    named = service.add("of ana", "ana")
    before = keyed.value("select key_id from comply_private.data_keys where subject_digest is not null")
    assert (
        keyed.value("select comply_private.envelope_key_ids(confidential) from comply.storage_records")
        == before
    )
    assert run_cli(*rotating(file_key), database=keyed).exit_code == 0
    row = keyed.value(
        "select array[s.key_id, s.wrapped_by] = array[%s, t.key_id] from comply_private.data_keys as s"
        " join comply_private.data_keys as t on t.tenant_id = 'acme' and t.state = 'active'"
        " and t.subject_digest is null where s.subject_digest is not null",
        before,
    )
    assert row is True
    other = Service(keyed, file_key)
    other.fetch("ana")
    assert other.read(named) == "of ana"


def test_a_shredded_key_opens_nothing_even_for_who_still_has_it(
    keyed: Any, file_key: Path, run_cli: Any
) -> None:
    for subject in ("ana", "ben"):
        arguments = ["keys", "add", "acme", "--subject", subject, "--kek", f"file:{file_key}"]
        assert run_cli(*arguments, database=keyed).exit_code == 0
    service = Service(keyed, file_key)
    service.fetch("ana")
    service.fetch("ben")
    of_ana, of_ben = service.add("of ana", "ana"), service.add("of ben", "ben")
    keyed.run("select comply_private.shred_keys('acme', 'ana')")
    with pytest.raises(psycopg.Error) as raised:
        service.read(of_ana)
    assert raised.value.sqlstate == "PC321"
    service.keys.clear()
    service.fetch("ben")
    assert service.read(of_ben) == "of ben"
    service.fetch("ana")
    with pytest.raises(psycopg.Error) as raised:
        service.read(of_ana)
    assert raised.value.sqlstate == "PC324"
    with pytest.raises(psycopg.Error) as raised:
        service.add("more of ana", "ana")
    assert raised.value.sqlstate == "PC322"


def test_keys_of_keys_rotate_after_a_kill_and_by_two_at_once(
    keyed: Any, file_key: Path, tmp_path: Path, start_cli: Any, run_cli: Any
) -> None:
    new = make_file_key(tmp_path / "new")
    tenants = [f"tenant-{i:02}" for i in range(12)]
    for tenant in tenants:
        keyed.run(f"select comply.add_tenant('{tenant}')")
    old_kek, new_kek = (kek.open_kek(f"file:{path}", None) for path in (file_key, new))
    with keyed.connect(None) as admin:
        report = Service.__new__(Service)
        report.conn = admin
        for tenant in tenants:
            named, key = uuid4(), os.urandom(32)
            wrapped = kek.wrap_key(old_kek, key, tenant, "enc", named)
            admin.execute(
                "select comply.add_data_key(%s, %s, %s, 'A256KW', %s, %s)",
                [tenant, named, wrapped, old_kek.kid, envelope.check_value(key)],
            )
    command = ["keys", "rotate-kek", "--to", f"file:{new}", "--kek", f"file:{file_key}"]
    wrapped_by = "select count(*) from comply_private.data_keys where kek_kid = %s"

    with keyed.connect(None) as blocker:
        blocker.execute("begin")
        blocker.execute("select from comply_private.data_keys where tenant_id = 'tenant-05' for update")
        process = start_cli(*command, database=keyed)
        wait_until(keyed, "select exists (select from pg_stat_activity where wait_event_type = 'Lock')")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert 0 < keyed.value(wrapped_by, new_kek.kid) < 14

    both = [start_cli(*command, database=keyed) for _ in range(2)]
    for one in both:
        assert one.wait(timeout=60) == 0, one.stderr.read()
    assert keyed.value(wrapped_by, new_kek.kid) == 14
    assert keyed.value(wrapped_by, old_kek.kid) == 0
    with keyed.connect(None) as admin:
        rows = admin.execute(
            "select tenant_id, key_id, purpose, wrapped, check_value from comply_private.data_keys"
        ).fetchall()
    for tenant, named, purpose, wrapped, check in rows:
        key = kek.unwrap_key([new_kek], new_kek.kid, wrapped, tenant, purpose, named)
        assert envelope.check_value(key) == check


def test_two_who_wrap_a_key_anew_do_not_undo_each_other(keyed: Any) -> None:
    rewrap = "select comply.rewrap_data_key('acme', %s, %s, %s, 'A256KW', %s)"
    named, kid = keyed.value(
        "select key_id::text || ' ' || kek_kid from comply_private.data_keys where tenant_id = 'acme'"
    ).split()
    assert keyed.value(rewrap, named, kid, bytes(72), "file:one") is True
    assert keyed.value(rewrap, named, kid, bytes(71), "file:two") is False
    assert keyed.value("select kek_kid from comply_private.data_keys where tenant_id = 'acme'") == "file:one"


def test_the_list_shows_what_there_is_and_no_key(keyed: Any, file_key: Path, run_cli: Any) -> None:
    assert run_cli(*rotating(file_key), database=keyed).exit_code == 0
    done = run_cli("keys", "list", "acme", "--json", database=keyed)
    assert [(k["version"], k["state"]) for k in done.json["keys"]] == [(1, "retiring"), (2, "active")]
    wrapped = keyed.value(
        "select encode(wrapped, 'hex') from comply_private.data_keys where state = 'retiring'"
    )
    assert wrapped not in done.stdout + done.stderr


def test_a_setting_carried_elsewhere_opens_nothing(keyed: Any, file_key: Path) -> None:
    service, other = Service(keyed, file_key), Service(keyed, file_key)
    service.fetch()
    named = service.add("a secret")
    with service.transaction():
        service.open()
        shown = service.conn.execute("show comply.session_keys").fetchone()[0]
        for key in service.keys.values():
            for form in (key.hex(), base64.b64encode(key).decode()):
                assert form not in shown

        # Neither in another session, while the first is still in its transaction ...
        with pytest.raises(psycopg.Error) as raised, other.transaction():
            other.conn.execute("select set_config('comply.session_keys', %s, true)", [shown])
            other.conn.execute(READ, [named])
        assert raised.value.sqlstate == "PC324"
        assert service.conn.execute(READ, [named]).fetchone()[0] == "a secret"

    # ... nor in another transaction of the same one.
    with pytest.raises(psycopg.Error) as raised, service.transaction():
        service.conn.execute("select set_config('comply.session_keys', %s, true)", [shown])
        service.conn.execute(READ, [named])
    assert raised.value.sqlstate == "PC324"


def test_a_transaction_that_cannot_write_opens_fields(keyed: Any, file_key: Path) -> None:
    service = Service(keyed, file_key)
    service.fetch()
    named = service.add("a secret")
    with service.conn.transaction():
        service.conn.execute("set transaction read only")
        service.conn.execute("select comply.enter('acme')")
        assert service.open() is True
        assert service.conn.execute(READ, [named]).fetchone()[0] == "a secret"


def test_a_pooler_passes_no_key_on(keyed: Any, file_key: Path) -> None:
    if not pooler.program():
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    direct = Service(keyed, file_key)
    direct.fetch()
    named = direct.add("a secret")
    with pooler.pooler(f"host={keyed.server.host} port={keyed.server.port}", ["service"], size=1) as pool:
        dsn = f"{pool} user=service dbname={keyed.name}"
        first, second = Service(keyed, file_key), Service(keyed, file_key)
        for service in (first, second):
            service.conn.close()
            service.conn = psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
        first.fetch()
        backends = set()
        for _ in range(3):
            assert first.read(named) == "a secret"
            with second.transaction():
                row = second.conn.execute(
                    "select current_setting('comply.session_keys', true), pg_backend_pid()"
                )
                held, backend = row.fetchone()
                assert held in (None, "")
                backends.add(backend)
                with pytest.raises(psycopg.Error) as raised, second.conn.transaction():
                    second.conn.execute(READ, [named])
                assert raised.value.sqlstate == "PC324"
        assert len(backends) == 1
