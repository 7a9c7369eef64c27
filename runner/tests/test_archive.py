"""Rows leave the database as objects, are read back, and come back: to a folder and to Azure Blob Storage."""

import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from comply_db import archive as archiving
from comply_db import parquet
from comply_db.connect import ConnectOptions
from comply_db.errors import Exit, RunnerError
from comply_db.report import Report
from comply_db.session import Session
from comply_db.store import CONNECTION_STRING, Container, Folder
from conftest import COMPLY_DB, ROOT, Database, Result, Server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Run = Callable[..., Result]

ARCHIVIST = "test_archivist"

# What a format could lose: quotes, line ends, what COPY takes for the end, an empty text beside none, all
# digits of a number, the envelope of a confidential column.
FILL = r"""
insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score,
  metadata, blob_path, correlation_id, subject_id, confidential)
select
  %(tenant)s, date_trunc('month', comply.now()) + n * interval '1.000001 s',
  encode(sha256(int4send(n)), 'hex'), 'presidio', 'test-1',
  '{"labels": ["PII.Person.Name"], "score": 0.1000}', 1.0 / (n + 2),
  jsonb_build_object(
    'text', (array[E'a "quoted"\nline\r\n\\.', '', '\N', 'ünï⛄', E'\t,;'])[n %% 5 + 1], 'n', n / 7.0),
  case when n %% 3 = 0 then E'\\.\n' || n end, case when n %% 2 = 0 then gen_random_uuid() end,
  'subject-' || n %% 10,
  case when n %% 4 = 0 then ('\x0101' || repeat('ab', 16) || repeat('00', 64))::bytea end
from generate_series(1, %(rows)s) as n
"""
MONTH = "date_trunc('month', comply.now(), 'UTC')"
CONTENT = f"""
select c.*
from comply_private.content_of('comply.storage_records', %s, {MONTH}, {MONTH} + interval '1 month') as c
"""


@pytest.fixture(scope="session")
def filled_template(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with two tenants that have records, to be copied."""
    database = make_database(template)
    login(database, ARCHIVIST, "comply_admin")
    for tenant, rows in (("acme", 200), ("globex", 3)):
        fill(database, tenant, rows)
    return database


@pytest.fixture
def filled(make_database: Callable[..., Database], filled_template: Database) -> Database:
    """A fresh database with two tenants that have records."""
    return make_database(filled_template)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for archives."""
    path = tmp_path / "archives"
    path.mkdir()
    return path


def fill(database: Database, tenant: str, rows: int) -> None:
    """Add a tenant with records of this month."""
    with database.connect(None) as conn:
        conn.execute("select comply.add_tenant(%s)", [tenant])
        conn.execute(FILL, {"tenant": tenant, "rows": rows})


def login(database: Database, name: str, *roles: str) -> None:
    """Make a login that has these roles; logins are the server's."""
    database.run(
        f"do $$ begin if to_regrole('{name}') is null then create role {name} login; end if; end $$;"
        f" grant {', '.join(roles)} to {name}"
    )


def dsn(database: Database) -> tuple[str, str]:
    """Return the options that connect as who archives."""
    return "--dsn", database.server.dsn(database.name, ARCHIVIST)


def month(database: Database) -> str:
    """Return a day of the month that the records are of."""
    return database.value("select to_char(comply.now() at time zone 'UTC', 'YYYY-MM-DD')")


def run_archive(run_cli: Run, database: Database, to: object, *options: str, **more: Any) -> Result:
    """Archive the records of this month."""
    which = ("--table", "storage_records", "--month", month(database))
    return run_cli(*dsn(database), "archive", *which, "--to", str(to), "--json", *options, **more)


def archives(database: Database) -> list[dict[str, Any]]:
    """Return what is on record, by tenant."""
    with database.connect(None) as conn:
        cursor = conn.execute("select * from comply.archives order by tenant_id, archived_at")
        names = [column.name for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def objects(folder: Path) -> list[Path]:
    """Return the data objects of a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")


def content(database: Database, tenant: str) -> tuple[int, bytes]:
    """Return how many records a tenant has, and what they are."""
    with database.connect(None) as conn:
        return conn.execute(CONTENT, [tenant]).fetchone()[:2]


@pytest.fixture
def session(filled: Database) -> Iterator[Session]:
    """A session of who archives, in this process."""
    options = ConnectOptions(filled.server.dsn(filled.name, ARCHIVIST), False, None, None, None, False)
    made = Session(options, Report("archive", True))
    made.open()
    yield made
    made.close()


@pytest.fixture(params=["csv.gz", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    """Each format."""
    return request.param


class TestArchive:
    """comply-db archive."""

    def test_one_object_a_tenant_is_written_and_read_back(
        self, filled: Database, folder: Path, run_cli: Run, form: str
    ) -> None:
        """And the row says of it what the manifest says, and what the rows are."""
        result = run_archive(run_cli, filled, folder, "--format", form)
        assert result.exit_code == 0, result.stderr
        rows = archives(filled)
        assert [row["tenant_id"] for row in rows] == ["acme", "globex"]
        for row in rows:
            assert (row["row_count"], row["content_hash"]) == content(filled, row["tenant_id"])
            assert (row["format"], row["sink"], row["location"]) == (form, "directory", str(folder))
            assert (row["archived_by"], row["verified_by"]) == (ARCHIVIST, ARCHIVIST)
            data = (folder / row["object_name"]).read_bytes()
            assert hashlib.sha256(data).digest() == row["object_hash"]
            assert len(data) == row["object_bytes"]
            name = f"{row['object_name']}.{row['manifest_hash'].hex()[:16]}.json"
            text = (folder / name).read_bytes()
            assert hashlib.sha256(text).digest() == row["manifest_hash"]
            manifest = json.loads(text)
            assert manifest["content_hash"] == row["content_hash"].hex()
            assert manifest["columns"] == row["columns"]
            assert manifest["row_count"] == row["row_count"]
            assert manifest["first_key"] == row["first_key"]
            assert manifest["object_name"] == row["object_name"]
        assert rows[0]["key_ids"] == [uuid.UUID("ab" * 16)]
        assert len(objects(folder)) == 2
        assert [each["tenant"] for each in result.json["archives"]] == ["acme", "globex"]

    def test_the_same_rows_are_the_same_bytes(self, filled: Database, tmp_path: Path, run_cli: Run) -> None:
        """Whenever they are written: no time and no name is in them."""
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            assert run_archive(run_cli, filled, tmp_path / name).exit_code == 0
            forget(filled)
        first, second = (objects(tmp_path / name) for name in ("first", "second"))
        assert [path.name for path in first] == [path.name for path in second]
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]

    def test_csv_is_what_copy_reads(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Into a plain table; what is in it then has the hash of the manifest, as the manual asks for it."""
        assert run_archive(run_cli, filled, folder, "--tenant", "acme").exit_code == 0
        (row,) = archives(filled)
        manual = (ROOT / "docs/archive.md").read_text(encoding="utf-8")
        settings, query = re.findall(r"```sql\n(set timezone.*?)\n\n(.*?)```", manual, re.DOTALL)[0]
        with filled.connect(None) as conn:
            columns = ", ".join(
                f'"{name}" {type_}' for name, type_ in zip(row["columns"], row["column_types"], strict=True)
            )
            conn.execute(f"create temp table loaded ({columns})")
            with (
                conn.cursor() as cursor,
                cursor.copy("copy loaded from stdin (format csv, header match)") as copy,
            ):
                copy.write(gzip.decompress((folder / row["object_name"]).read_bytes()))
            conn.execute(settings)
            assert "row(t.a, t.b)" in query
            named = ", ".join(f't."{name}"' for name in sorted(row["columns"]))
            query = query.replace("row(t.a, t.b)", f"row({named})")
            assert conn.execute(query).fetchone() == (200, row["content_hash"].hex())

    def test_parquet_has_types(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Those of Parquet where they lose nothing, and strings elsewhere."""
        import pyarrow as pa

        assert run_archive(run_cli, filled, folder, "--format", "parquet", "--tenant", "acme").exit_code == 0
        table = pq.read_table(objects(folder)[0])
        types = {field.name: field.type for field in table.schema}
        assert types["timestamp"] == pa.timestamp("us", "UTC")
        assert types["id"] == pa.uuid()
        assert types["encrypted"] == pa.bool_()
        assert types["taxonomy_version"] == pa.int32()
        assert types["confidence_score"] == pa.float64()
        assert types["confidential"] == pa.binary()
        assert types["metadata"] == pa.string()
        ids = filled.value(
            """select array_agg(id order by "timestamp", id) from comply.storage_records"""
            " where tenant_id = 'acme'"
        )
        assert table["id"].to_pylist() == ids

    def test_what_is_archived_already_is_left_alone(
        self, filled: Database, folder: Path, run_cli: Run, form: str
    ) -> None:
        """Until a row changes."""
        for _ in range(2):
            assert run_archive(run_cli, filled, folder, "--format", form).exit_code == 0
        assert len(archives(filled)) == 2
        filled.run("update comply.storage_records set blob_path = 'moved' where tenant_id = 'globex'")
        assert run_archive(run_cli, filled, folder, "--format", form).exit_code == 0
        assert [row["tenant_id"] for row in archives(filled)] == ["acme", "globex", "globex"]

    def test_a_month_without_rows_is_no_archive(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Nor a tenant without any."""
        result = run_archive(run_cli, filled, folder, "--tenant", "initech")
        assert result.exit_code == 0, result.stderr
        assert result.json["archives"] == []
        assert objects(folder) == []

    def test_other_tables_as_well(self, filled: Database, folder: Path, run_cli: Run, form: str) -> None:
        """The trail too, with its images, addresses and transactions."""
        options = ("--month", month(filled), "--to", str(folder), "--format", form)
        result = run_cli(*dsn(filled), "archive", "--table", "audit_trail", *options, "--json")
        assert result.exit_code == 0, result.stderr
        assert {row["table_name"] for row in archives(filled)} == {"audit_trail"}
        assert all(row["verified_at"] for row in archives(filled))

    def test_a_value_that_parquet_has_not(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Is told, and csv.gz takes it."""
        filled.run("alter table comply.storage_records disable trigger user")
        filled.run("update comply.storage_records set created_at = 'infinity' where tenant_id = 'globex'")
        result = run_archive(run_cli, filled, folder, "--format", "parquet", "--tenant", "globex")
        assert result.exit_code == Exit.FAILED
        assert "column created_at has a value that Parquet has not" in result.stderr
        assert archives(filled) == []
        assert run_archive(run_cli, filled, folder, "--tenant", "globex").exit_code == 0

    def test_a_login_that_sees_less_than_there_is(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Archives nothing: row level security hides rows without a word."""
        login(filled, "test_archive_both", "comply_admin", "comply_app")
        result = run_cli(
            "--dsn",
            filled.server.dsn(filled.name, "test_archive_both"),
            *("archive", "--table", "storage_records", "--month", month(filled), "--to", str(folder)),
        )
        assert result.exit_code == Exit.FAILED
        assert "sees 0 of 200 rows" in result.stderr
        assert archives(filled) == []
        assert objects(folder) == []

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--due", "--table", "storage_records"), "say either --due"),
            (("--table", "storage_records"), "say either --due"),
            (("--table", "tenant_configs", "--month", "2026-01-01"), "PC311"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, filled: Database, folder: Path, run_cli: Run, options: tuple[str, ...], said: str
    ) -> None:
        """Before anything is written."""
        result = run_cli(*dsn(filled), "archive", *options, "--to", str(folder))
        assert result.exit_code != 0
        assert said in result.stderr

    def test_memory_is_flat(
        self, filled: Database, folder: Path, environment: dict[str, str], form: str
    ) -> None:
        """Five times the rows take no more of it, and never 200 MB."""
        peaks = []
        for tenant, rows in (("small", 20_000), ("large", 100_000)):
            filled.run("alter table comply.storage_records disable trigger user")
            fill(filled, tenant, rows)
            which = ("--table", "storage_records", "--month", month(filled), "--tenant", tenant)
            arguments = [*dsn(filled), "archive", *which, "--to", str(folder), "--format", form]
            process = subprocess.Popen([str(COMPLY_DB), *arguments], env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0
            peaks.append(usage.ru_maxrss // 1024)
        assert peaks[1] < 200
        assert peaks[1] - peaks[0] < 40


def forget(database: Database) -> None:
    """Take back that anything was archived, as if each run had been killed before it said so."""
    database.run("alter table comply.archives disable trigger user; delete from comply.archives")


# A runner that is killed at the n-th thing that it does, at any that reaches beyond the process.
KILLED = """
import os, signal, sys
from comply_db import archive, session, store

left = int(sys.argv.pop(1))

def counted(owner, name):
    real = getattr(owner, name)
    def call(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*args, **kwargs)
    setattr(owner, name, call)

for owner, names in (
    (session.Session, ("run", "rows")),
    (store.Folder, ("upload", "download", "read")),
    (store.os, ("open", "fsync", "fdopen")),
    (store.shutil, ("copyfileobj",)),
    (store.Path, ("hardlink_to", "unlink")),
    (archive.tempfile, ("TemporaryFile",)),
):
    for name in names:
        counted(owner, name)

from comply_db.cli import main
main()
"""


FINITE = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))
VALUES: dict[str, Any] = {
    "boolean": st.booleans(),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(width=32),
    "double precision": st.floats(),
    "timestamp with time zone": FINITE,
    "uuid": st.uuids(),
    "bytea": st.binary(max_size=50),
    "text": TEXTS,
    "jsonb": st.dictionaries(TEXTS, st.floats(allow_nan=False, allow_infinity=False)).map(json.dumps),
    "text[]": st.lists(TEXTS, max_size=3),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False),
    "inet": st.ip_addresses().map(str),
    "xid8": st.integers(0, 2**64 - 1).map(str),
}


class TestParquet:
    """Rows as Parquet, and back."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=st.lists(st.tuples(*(st.one_of(st.none(), value) for value in VALUES.values()))))
    def test_no_value_is_lost(self, server: Server, rows: list[tuple[Any, ...]]) -> None:
        """Whatever PostgreSQL takes for one of its type, and none."""
        names = [f"c{number}" for number in range(len(VALUES))]
        columns = ", ".join(f"{name} {type_}" for name, type_ in zip(names, VALUES, strict=True))
        with server.admin() as conn, conn.cursor() as cursor, TemporaryFile() as file:
            conn.execute("set timezone = 'UTC'")
            for table in ("given", "came"):
                conn.execute(f"create temp table {table} ({columns})")
            casts = ", ".join(f"%s::{type_}" for type_ in VALUES)
            cursor.executemany(f"insert into given values ({casts})", rows)
            with cursor.copy("copy given to stdout") as copy:
                parquet.write(copy.rows(), names, list(VALUES), file)
            file.seek(0)
            with cursor.copy("copy came from stdin (format csv)") as copy:
                for data in parquet.read(file):
                    copy.write(data)
            lost = "select g::text from given as g except all select c::text from came as c"
            assert conn.execute(lost).fetchall() == []
            assert conn.execute("select count(*) from came").fetchone() == (len(rows),)

    @settings(max_examples=20, deadline=None)
    @given(rows=st.integers(0, 30))
    def test_a_file_is_cut_into_groups(self, rows: int) -> None:
        """By rows and by bytes, and none of it is lost."""
        with TemporaryFile() as file:
            wide = [(str(number), "x" * (parquet.GROUP_BYTES // 3)) for number in range(rows)]
            parquet.write(iter(wide), ["n", "wide"], ["integer", "text"], file)
            groups = pq.ParquetFile(file).num_row_groups
            assert groups == -(-rows // 3)
            file.seek(0)
            read = b"".join(parquet.read(file)).decode().splitlines()
        assert [line.split(",")[0] for line in read] == [n for n, _ in wide]


class TestKilled:
    """A runner that is killed."""

    @pytest.mark.parametrize("form", ["csv.gz"])
    def test_at_every_step_leaves_nothing_that_is_not_there(
        self, filled: Database, folder: Path, run_cli: Run, environment: dict[str, str], form: str
    ) -> None:
        """And the next run goes on: one archive, whole, whatever step it was."""
        which = ("--table", "storage_records", "--month", month(filled), "--tenant", "globex")
        arguments = [*dsn(filled), "archive", *which, "--to", str(folder), "--format", form]
        killed = 0
        while True:
            code = textwrap.dedent(KILLED)
            done = subprocess.run(
                [sys.executable, "-c", code, str(killed), *arguments], env=environment, capture_output=True
            )
            if done.returncode != -signal.SIGKILL:
                assert done.returncode == 0, done.stderr
                break
            killed += 1
            for row in archives(filled):
                data = (folder / row["object_name"]).read_bytes()
                assert hashlib.sha256(data).digest() == row["object_hash"]
                assert (folder / f"{row['object_name']}.{row['manifest_hash'].hex()[:16]}.json").exists()
                assert hashlib.sha256(data).hexdigest()[:16] in row["object_name"]
            result = run_cli(*arguments)
            assert result.exit_code == 0, result.stderr
            kept = [row for row in archives(filled) if row["purged_at"] is None]
            assert [row["verified_at"] is not None for row in kept] == [True]
            forget(filled)
        assert killed > 15
        assert len(objects(folder)) == 1
        assert not list(folder.rglob(".*.part"))

    def test_while_the_object_is_written_leaves_no_half_of_one(
        self, filled: Database, folder: Path, run_cli: Run, environment: dict[str, str]
    ) -> None:
        """Its draft has another name, and the next run removes that."""
        code = """
            import os, signal, sys
            from comply_db import store
            def half(source, to, *_):
                to.write(source.read()[:100]); to.flush(); os.kill(os.getpid(), signal.SIGKILL)
            store.shutil.copyfileobj = half
            from comply_db.cli import main
            main()
        """
        which = ("--table", "storage_records", "--month", month(filled), "--tenant", "globex")
        arguments = [*dsn(filled), "archive", *which, "--to", str(folder)]
        subprocess.run([sys.executable, "-c", textwrap.dedent(code), *arguments], env=environment)
        (draft,) = objects(folder)
        assert draft.name.startswith(".")
        assert draft.stat().st_size == 100
        assert run_cli(*arguments).exit_code == 0
        assert [path.suffix for path in objects(folder)] == [".gz"]

    def test_an_object_that_was_damaged_since_is_written_again(
        self, filled: Database, folder: Path, run_cli: Run, environment: dict[str, str]
    ) -> None:
        """Under another name: what is there is never replaced."""
        assert run_archive(run_cli, filled, folder, "--tenant", "globex").exit_code == 0
        flip(objects(folder)[0], 77, 3)
        forget(filled)
        assert run_archive(run_cli, filled, folder, "--tenant", "globex").exit_code == 0
        assert len(objects(folder)) == 2
        assert archives(filled)[-1]["object_name"].endswith("-1.csv.gz")


def flip(path: Path, position: int, bit: int) -> None:
    """Change one bit of a file that nobody may write."""
    data = bytearray(path.read_bytes())
    data[position % len(data)] ^= 1 << bit
    path.chmod(0o644)
    path.write_bytes(data)


class TestTampered:
    """What is not what was archived."""

    @pytest.fixture
    def unverified(self, filled: Database, folder: Path, run_cli: Run, form: str) -> dict[str, Any]:
        """An archive that is recorded, and not yet read back."""
        assert run_archive(run_cli, filled, folder, "--format", form, "--tenant", "globex").exit_code == 0
        filled.run(
            "alter table comply.archives disable trigger user;"
            " update comply.archives set verified_at = null, verified_by = null;"
            " alter table comply.archives enable trigger user"
        )
        return archives(filled)[0]

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 1 << 24), bit=st.integers(0, 7), of_manifest=st.booleans())
    def test_any_bit_is_found(
        self, unverified: dict[str, Any], session: Session, folder: Path, at: int, bit: int, of_manifest: bool
    ) -> None:
        """In the object or in its manifest, when it is verified and when it is restored."""
        name = unverified["object_name"]
        if of_manifest:
            name = archiving.manifest_name(name, unverified["manifest_hash"])
        whole = (folder / name).read_bytes()
        flip(folder / name, at, bit)
        try:
            for query, more in ((archiving.VERIFY, {}), (archiving.RESTORE, {"is_drill": True})):
                with pytest.raises(RunnerError, match="PC315") as refused, archiving.told():
                    archiving._read_back(session, unverified, None, query, more)
                assert refused.value.exit_code == Exit.TAMPERED
        finally:
            (folder / name).write_bytes(whole)
        seen = {"tenant": "globex", "id": unverified["id"]}
        assert session.row(archiving.ARCHIVE, seen)["verified_at"] is None

    def test_and_a_whole_one_is_not(self, unverified: dict[str, Any], session: Session) -> None:
        """The same calls, with nothing changed."""
        archiving._read_back(session, unverified, None, archiving.VERIFY, {})
        seen = {"tenant": "globex", "id": unverified["id"]}
        assert session.row(archiving.ARCHIVE, seen)["verified_at"] is not None

    @pytest.mark.parametrize("cut", [0, 1, 100])
    def test_a_part_of_it_is_not_it(
        self, unverified: dict[str, Any], session: Session, folder: Path, cut: int
    ) -> None:
        """Nor is one with something appended."""
        path = folder / unverified["object_name"]
        whole = path.read_bytes()
        path.chmod(0o644)
        for data in (whole[:cut], whole[:-1], whole + b"\0"):
            path.write_bytes(data)
            with pytest.raises(RunnerError, match="PC315"), archiving.told():
                archiving._read_back(session, unverified, None, archiving.VERIFY, {})

    def test_it_is_a_failed_drill_and_exit_11(
        self, filled: Database, folder: Path, run_cli: Run, form: str
    ) -> None:
        """On record for whoever asks when drills were last well."""
        assert run_archive(run_cli, filled, folder, "--format", form, "--tenant", "globex").exit_code == 0
        flip(objects(folder)[0], 500, 0)
        id_ = str(archives(filled)[0]["id"])
        result = run_cli(*dsn(filled), "restore", id_, "--drill")
        assert result.exit_code == Exit.TAMPERED, result.stderr
        assert "its SHA-256 is" in result.stderr
        assert "PC315" in filled.value("select problem from comply.restores where is_drill")

    @pytest.mark.parametrize("form", ["csv.gz"])
    @pytest.mark.parametrize("is_gone", [False, True], ids=["damaged", "gone"])
    def test_it_is_archived_again(
        self, unverified: dict[str, Any], filled: Database, folder: Path, run_cli: Run, is_gone: bool
    ) -> None:
        """Beside what is on record, which is never taken for whole."""
        flip(objects(folder)[0], 99, 1)
        if is_gone:
            objects(folder)[0].unlink()
        result = run_archive(run_cli, filled, folder, "--tenant", "globex")
        assert result.exit_code == 0, result.stderr
        assert "it is archived again" in result.stderr
        assert [row["verified_at"] is not None for row in archives(filled)] == [False, True]
        result = run_archive(run_cli, filled, folder, "--tenant", "globex")
        assert result.exit_code == 0, result.stderr
        assert len(archives(filled)) == 2

    @pytest.mark.parametrize("form", ["csv.gz"])
    def test_rows_that_somebody_else_archived_as_those(
        self, unverified: dict[str, Any], session: Session, filled: Database, folder: Path
    ) -> None:
        """Whoever changes the object and what is on record of its bytes has the rows against them."""
        path = folder / unverified["object_name"]
        data = gzip.compress(re.sub(b"test-1", b"test-2", gzip.decompress(path.read_bytes()), count=1))
        path.chmod(0o644)
        path.write_bytes(data)
        filled.run(
            "alter table comply.archives disable trigger user; update comply.archives"
            f" set object_hash = decode('{hashlib.sha256(data).hexdigest()}', 'hex'),"
            f" object_bytes = {len(data)}"
        )
        found = session.row(archiving.ARCHIVE, {"tenant": "globex", "id": unverified["id"]})
        with pytest.raises(RunnerError, match="its rows hash to"), archiving.told():
            archiving._read_back(session, found, None, archiving.VERIFY, {})


class TestRestore:
    """comply-db restore."""

    @pytest.fixture
    def archived(self, filled: Database, folder: Path, run_cli: Run, form: str) -> Database:
        """A database whose records were archived, and deleted as retention would."""
        result = run_archive(run_cli, filled, folder, "--format", form)
        assert result.exit_code == 0, result.stderr
        return filled

    def restore(self, run_cli: Run, database: Database, *options: str, **more: Any) -> Result:
        """Restore the records of acme."""
        which = ("--table", "storage_records", "--tenant", "acme")
        return run_cli(*dsn(database), "restore", *which, "--json", *options, **more)

    def test_rows_come_back_beside_their_table(self, archived: Database, run_cli: Run) -> None:
        """For whoever may read that, and each tenant its own."""
        archived.run("delete from comply.storage_records where tenant_id = 'acme'")
        result = self.restore(run_cli, archived)
        assert result.exit_code == 0, result.stderr
        assert result.json["restores"][0]["row_count"] == 200
        login(archived, "test_archive_service", "comply_app")
        with archived.connect("test_archive_service") as conn:
            for tenant, rows in (("acme", 200), ("globex", 0)):
                with conn.transaction():
                    conn.execute("select comply.enter(%s)", [tenant])
                    assert conn.execute("select count(*) from comply.restored_rows").fetchone()[0] == rows
        assert archived.value("select count(*) from comply.storage_records where tenant_id = 'acme'") == 0

    def test_they_go_back_into_it(self, archived: Database, run_cli: Run) -> None:
        """As they were, to the last digit, and the trail says what put them there."""
        before = content(archived, "acme")
        archived.run("delete from comply.storage_records where tenant_id = 'acme'")
        result = self.restore(run_cli, archived, "--attach")
        assert result.exit_code == 0, result.stderr
        assert result.json["restores"][0]["attached"] == 200
        assert content(archived, "acme") == before
        assert archived.value("select count(*) from comply.restored_rows") == 0
        restored = result.json["restores"][0]["restore_id"]
        assert (
            archived.value(
                "select count(*) from comply.audit_trail where table_name = 'storage_records'"
                " and operation = 'INSERT' and correlation_id = %s",
                restored,
            )
            == 200
        )
        assert archived.value("select count(*) from comply.verify_records('storage_records')") == 0

    def test_into_a_month_that_is_gone(self, archived: Database, run_cli: Run) -> None:
        """It is made again, as closed as the others."""
        before = content(archived, "acme")
        partition = archived.value(
            "select i.inhrelid::regclass::text from pg_inherits as i where i.inhparent ="
            " 'comply.storage_records'::regclass"
            " and comply_private.partition_range(i.inhrelid) @> comply.now()"
        )
        archived.run(f"drop table {partition}")
        assert self.restore(run_cli, archived, "--attach").exit_code == 0
        assert content(archived, "acme") == before
        guarded = "select status from comply.health() where name = 'partitions_guarded'"
        assert archived.value(guarded) == "ok"

    def test_rows_that_are_there_are_never_doubled(self, archived: Database, run_cli: Run) -> None:
        """One that is there already keeps all of them out."""
        archived.run(
            "delete from comply.storage_records where tenant_id = 'acme' and id <> (select id from"
            " comply.storage_records where tenant_id = 'acme' limit 1)"
        )
        result = self.restore(run_cli, archived, "--attach")
        assert result.exit_code == Exit.FAILED
        assert "PC318: 1 row(s)" in result.stderr
        assert archived.value("select count(*) from comply.storage_records where tenant_id = 'acme'") == 1

    def test_what_was_erased_stays_away(self, archived: Database, run_cli: Run) -> None:
        """A subject's rows are left out; of a tenant that was erased nothing comes back."""
        archived.value("select comply.erase_subject('acme', 'subject-3', 'request 7')")
        result = self.restore(run_cli, archived)
        assert result.exit_code == 0, result.stderr
        assert result.json["restores"][0]["erased_count"] == 20
        assert (
            archived.value(
                "select count(*) from comply.restored_rows where content ->> 'subject_id' = 'subject-3'"
            )
            == 0
        )
        assert archived.value("select count(*) from comply.restored_rows") == 180
        archived.value("select comply.erase_tenant('acme', 'contract ended')")
        result = self.restore(run_cli, archived)
        assert result.exit_code == Exit.FAILED
        assert "PC316" in result.stderr

    def test_an_erasure_reaches_what_came_back(self, archived: Database, run_cli: Run) -> None:
        """Between the restore and the attaching of it."""
        archived.run("delete from comply.storage_records where tenant_id = 'acme'")
        result = self.restore(run_cli, archived)
        archived.value("select comply.erase_subject('acme', 'subject-3', 'request 7')")
        restore_id = result.json["restores"][0]["restore_id"]
        attached = archived.value("select comply.attach_restored('acme', %s)", restore_id, user=ARCHIVIST)
        assert attached == 180
        left = (
            "select count(*) from comply.storage_records"
            " where tenant_id = 'acme' and subject_id = 'subject-3'"
        )
        assert archived.value(left) == 0

    def test_a_drill_leaves_its_row_and_nothing_else(self, archived: Database, run_cli: Run) -> None:
        """It says when an archive was last known to come back."""
        result = self.restore(run_cli, archived, "--drill")
        assert result.exit_code == 0, result.stderr
        with archived.connect(None) as conn:
            rows = conn.execute(
                "select is_drill, row_count, problem, dropped_at is not null from comply.restores"
            ).fetchall()
            left = conn.execute(
                "select count(*) from pg_class where relname like 'restored\\_%' and relispartition"
            ).fetchone()
        assert rows == [(True, 200, None, True)]
        assert left == (0,)

    def test_from_before_a_column_was_added(self, archived: Database, run_cli: Run) -> None:
        """Or dropped: what both have comes back."""
        archived.run("delete from comply.storage_records where tenant_id = 'acme'")
        archived.run(
            "alter table comply.storage_records add column note text not null default 'new';"
            " alter table comply.storage_records drop column azure_region cascade"
        )
        # The generated trigger would read the column that is gone.
        source = archived.value("select comply_private.audit_function_source('comply.storage_records')")
        archived.run(source)
        result = self.restore(run_cli, archived, "--attach")
        assert result.exit_code == 0, result.stderr
        assert (
            archived.value("select min(note) from comply.storage_records where tenant_id = 'acme'") == "new"
        )

    def test_from_another_place(self, archived: Database, folder: Path, tmp_path: Path, run_cli: Run) -> None:
        """Objects may be moved, with their names."""
        folder.rename(tmp_path / "moved")
        result = self.restore(run_cli, archived)
        assert result.exit_code == Exit.CONNECT
        result = self.restore(run_cli, archived, "--from", str(tmp_path / "moved"))
        assert result.exit_code == 0, result.stderr

    def test_what_is_no_longer_kept_is_told(self, archived: Database, run_cli: Run) -> None:
        """It comes back all the same, as somebody wants it, and with a warning."""
        archived.value(
            "select comply.set_retention_policy('acme', 'storage_records', '1 day', 'test', 'delete')"
        )
        which = ("--table", "storage_records", "--tenant", "acme", "--drill")
        result = run_cli(*dsn(archived), "restore", *which)
        assert result.exit_code == 0, result.stderr
        assert "no longer kept" not in result.stderr
        # The clock is heeded for members of the owner only.
        later = archived.value("select comply.now() + interval '40 days'")
        archived.run(f"alter database {archived.name} set comply.now = '{later}'")
        result = run_cli("--dsn", archived.admin_dsn, "restore", *which)
        assert result.exit_code == 0, result.stderr
        assert "no longer kept" in result.stderr


class TestPurge:
    """comply-db purge."""

    def test_it_waits_for_its_time_and_for_holds(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Then the row stays, and the object goes."""
        result = run_archive(run_cli, filled, folder, "--tenant", "acme", "--keep", "1 year")
        assert result.exit_code == 0, result.stderr
        id_ = str(archives(filled)[0]["id"])
        purge = (*dsn(filled), "purge", id_, "--tenant", "acme")
        result = run_cli(*purge)
        assert result.exit_code == Exit.FAILED
        assert "PC319" in result.stderr
        filled.run(
            "alter table comply.archives disable trigger user;"
            " update comply.archives set keep_until = comply.now();"
            " alter table comply.archives enable trigger user"
        )
        filled.value("select comply.place_hold('acme', 'case 1', 'a court asks')")
        result = run_cli(*purge)
        assert result.exit_code == Exit.FAILED
        assert "matter 'case 1' holds it" in result.stderr
        assert len(objects(folder)) == 1
        filled.value("select comply.release_hold('acme', 'case 1', 'over')")
        for _ in range(2):
            result = run_cli(*purge)
            assert result.exit_code == 0, result.stderr
        assert objects(folder) == []
        assert archives(filled)[0]["purged_by"] == ARCHIVIST

    def test_an_object_of_two_records_goes_with_the_last(
        self, filled: Database, folder: Path, run_cli: Run, start_cli: Callable[..., Any]
    ) -> None:
        """Two runs at once may write one object; a run after them writes another."""
        which = ("--table", "storage_records", "--month", month(filled), "--tenant", "acme")
        both = [
            start_cli(*dsn(filled), "archive", *which, "--to", str(folder), "--keep", "0", database=filled)
            for _ in range(2)
        ]
        for process in both:
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
        rows = archives(filled)
        for left, row in enumerate(reversed(rows)):
            named = len({each["object_name"] for each in rows[: len(rows) - left]})
            assert len(objects(folder)) == named
            result = run_cli(*dsn(filled), "purge", str(row["id"]), "--tenant", "acme")
            assert result.exit_code == 0, result.stderr
        assert objects(folder) == []


class TestDue:
    """comply-db archive --due."""

    def test_what_retention_waits_for(self, filled: Database, folder: Path, run_cli: Run) -> None:
        """Is archived, each slice by its span, and is due no more."""
        filled.run(
            "with item as (insert into comply.retention_items (table_name, month, verdict, state,"
            " fingerprint, rows_expired, rows_kept, needs_approval)"
            f" values ('storage_records', {MONTH}, 'BATCH', 'approved', sha256(''), 200, 3, false)"
            " returning id)"
            " insert into comply.retention_slices (tenant_id, item_id, covers_from, covers_until, row_count,"
            " rows_kept, action, rule, basis)"
            f" select 'acme', id, {MONTH}, {MONTH} + interval '1 month', 200, 0, 'archive', 'test', 'test'"
            " from item"
        )
        result = run_cli(*dsn(filled), "archive", "--due", "--to", str(folder), "--json")
        assert result.exit_code == 0, result.stderr
        assert [row["tenant_id"] for row in archives(filled)] == ["acme"]


class TestAzureBlob:
    """The same in a container of Azure Blob Storage."""

    def test_there_and_back(
        self, filled: Database, container: Any, azurite: str, run_cli: Run, form: str
    ) -> None:
        """Archived, verified, restored, found damaged, purged."""
        env = {CONNECTION_STRING: azurite}
        result = run_archive(run_cli, filled, container.url, "--format", form, env=env)
        assert result.exit_code == 0, result.stderr
        rows = archives(filled)
        assert [(row["sink"], row["location"]) for row in rows] == [("azure_blob", container.url)] * 2
        assert all(row["verified_at"] for row in rows)
        restore = (*dsn(filled), "restore", "--table", "storage_records", "--drill")
        assert run_cli(*restore, env=env).exit_code == 0
        data = bytearray(container.download_blob(rows[0]["object_name"]).readall())
        data[-20] ^= 1
        container.upload_blob(rows[0]["object_name"], bytes(data), overwrite=True)
        result = run_cli(*restore, env=env)
        assert result.exit_code == Exit.TAMPERED, result.stderr
        filled.run(
            "alter table comply.archives disable trigger user;"
            " update comply.archives set keep_until = comply.now();"
            " alter table comply.archives enable trigger user"
        )
        for row in rows:
            result = run_cli(*dsn(filled), "purge", str(row["id"]), "--tenant", row["tenant_id"], env=env)
            assert result.exit_code == 0, result.stderr
        assert list(container.list_blob_names()) == []

    def test_a_blob_that_is_there_is_taken_if_it_is_the_same(
        self, filled: Database, container: Any, azurite: str, run_cli: Run
    ) -> None:
        """As a run that was killed leaves it; one that is not is left where it is."""
        env = {CONNECTION_STRING: azurite}
        for damaged, names in ((False, 1), (True, 2)):
            if damaged:
                (name,) = (n for n in container.list_blob_names() if n.endswith(".gz"))
                container.upload_blob(name, b"something else", overwrite=True)
            for _ in range(2):
                result = run_archive(run_cli, filled, container.url, "--tenant", "globex", env=env)
                assert result.exit_code == 0, result.stderr
                forget(filled)
            assert len([n for n in container.list_blob_names() if n.endswith(".gz")]) == names


class TestStore:
    """What takes archives."""

    @pytest.fixture(params=["folder", "container"])
    def store(self, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Each kind of store."""
        if request.param == "folder":
            return Folder(str(folder))
        container = request.getfixturevalue("container")
        monkeypatch.setenv(CONNECTION_STRING, request.getfixturevalue("azurite"))
        return Container(container.url, None)

    def test_what_goes_in_comes_out(self, store: Any, tmp_path: Path) -> None:
        """Of more than one chunk; a name is given once; what is removed is gone, and may be again."""
        data = os.urandom(9 << 20)
        (tmp_path / "data").write_bytes(data)
        with (tmp_path / "data").open("rb") as file:
            assert store.upload("a/b/c", file) is True
        with (tmp_path / "data").open("rb") as file:
            assert store.upload("a/b/c", file) is False
        with (tmp_path / "out").open("w+b") as file:
            store.download("a/b/c", file)
        assert (tmp_path / "out").read_bytes() == data
        for _ in range(2):
            store.remove("a/b/c")
        with pytest.raises(RunnerError), (tmp_path / "out").open("w+b") as file:
            store.download("a/b/c", file)

    def test_a_folder_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        """A typing error would send archives where nobody looks."""
        with pytest.raises(RunnerError, match="No such file"), (tmp_path / "data").open("w+b") as file:
            Folder(str(tmp_path / "nowhere")).upload("a/b", file)


@pytest.mark.parametrize("role", ["comply_operator", "comply_auditor", "comply_app", "comply_reader"])
def test_only_administrators_bring_rows_back(filled: Database, role: str) -> None:
    """What restores, attaches and purges is for comply_admin alone."""
    login(filled, f"test_archive_{role}", role)
    with filled.connect(f"test_archive_{role}") as conn:
        for call in (
            "restore_archive('acme', comply.new_id())",
            "attach_restored('acme', comply.new_id())",
            "drop_restored('acme', comply.new_id())",
            "purge_archive('acme', comply.new_id())",
            "stage_archive('acme', comply.new_id())",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select comply.{call}")
