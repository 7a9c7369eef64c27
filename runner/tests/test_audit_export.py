"""comply-db audit export and verify-export: every byte of every row, of one snapshot, or no export at all."""

import csv
import hashlib
import io
import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from comply_db.connect import ConnectOptions
from comply_db.export import ExportOptions, RowCounter
from comply_db.export import export as run_export
from comply_db.report import Report
from comply_db.session import Session
from conftest import Database, Result, wait_until
from hypothesis import given, settings
from hypothesis import strategies as st

HOSTILE = [
    "",
    "two\nlines\r\nand\ttabs",
    "quotes \" ' `, commas, \\backslashes\\ \\n \\.",
    "\\.",
    "unicode: \u00e9 \u4e2d \U0001f600 \u2028 \u202e",
    "control: \x01\x02\x1f\x7f",
    "an escaped \\u0000",
    "NULL",
    "=cmd|' /C calc'!A0",
]
ROW = """
insert into comply.audit_trail (
  tenant_id, "timestamp", id, transaction_id, operation, table_name, record_id, user_id, actor, user_agent,
  new_values)
values ('acme', %(at)s, gen_random_uuid(), '7', 'INSERT', 'storage_records', gen_random_uuid(), 'service',
        'ana@example.com', %(text)s,
        jsonb_build_object('text', %(text)s::text, 'number', 1.00, 'nothing', null))
"""
EVERYTHING = ("--from", "2001-01-01", "--to", "2001-04-01")


@pytest.fixture(scope="module")
def exported(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with hostile rows in two months of 2001, an image of a megabyte, and an auditor."""
    database = make_database(template)
    database.run("""
      do $$
      begin
        if to_regrole('test_exporter') is null then
          create role test_exporter login;
          create role test_export_service login;
        end if;
      end;
      $$;
      grant comply_auditor to test_exporter;
      grant comply_app to test_export_service;
      select comply.add_tenant('acme'), comply.add_tenant('globex');
      select comply_private.make_partition('comply.audit_trail', '2001-01-01 00:00+00'),
             comply_private.make_partition('comply.audit_trail', '2001-02-01 00:00+00');
    """)
    with database.connect(None) as admin:
        for number, text in enumerate([*HOSTILE, "x" * (1 << 20)]):
            admin.execute(ROW, {"at": datetime(2001, 1, 31, 23, 59, 50 + number, 1, UTC), "text": text})
        admin.execute(ROW, {"at": datetime(2001, 2, 1, tzinfo=UTC), "text": "February"})
    return database


@pytest.fixture
def export(
    exported: Database, run_cli: Callable[..., Result], tmp_path: Path
) -> Callable[..., tuple[Result, Path]]:
    """Export as the auditor, or another login, into a new folder."""

    def run(
        *options: str, user: str = "test_exporter", folder: str = "out", **more: Any
    ) -> tuple[Result, Path]:
        path = tmp_path / folder
        dsn = exported.server.dsn(exported.name, user)
        return run_cli("--dsn", dsn, "audit", "export", *EVERYTHING, "-o", str(path), *options, **more), path

    return run


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export."""
    return json.loads((folder / "manifest.json").read_bytes())


def texts_of(folder: Path) -> list[str]:
    """Return the column user_agent of all rows, in order."""
    texts = []
    for file in manifest_of(folder)["files"]:
        data = (folder / file["name"]).read_bytes().decode()
        if file["name"].endswith(".csv"):
            csv.field_size_limit(1 << 24)
            texts += [row["user_agent"] for row in csv.DictReader(io.StringIO(data, newline=""))]
        else:
            texts += [json.loads(line)["user_agent"] for line in data.split("\n")[:-1]]
    return texts


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_hostile_texts_come_back(export: Callable, exported: Database, run_cli: Callable, form: str) -> None:
    """What rows say comes back as it was, in files by month, and the manifest agrees."""
    result, folder = export("--format", form)
    assert result.exit_code == 0, result.stderr
    assert texts_of(folder) == [*HOSTILE, "x" * (1 << 20), "February"]
    manifest = manifest_of(folder)
    assert [file["name"] for file in manifest["files"]] == [
        f"audit_trail_2001_01.{form}",
        f"audit_trail_2001_02.{form}",
    ]
    assert [file["rows"] for file in manifest["files"]] == [len(HOSTILE) + 1, 1]
    assert manifest["rows"] == len(HOSTILE) + 2
    assert (manifest["from"], manifest["to"]) == (
        "2001-01-01T00:00:00.000000Z",
        "2001-04-01T00:00:00.000000Z",
    )
    assert manifest["schema_version"] == exported.value("select comply.schema_version()")
    for file in manifest["files"]:
        data = (folder / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["manifest.json", *(file["name"] for file in manifest["files"])]
    )
    assert run_cli("audit", "verify-export", str(folder)).exit_code == 0


def test_lines_have_every_column(export: Callable, exported: Database) -> None:
    """A line of JSON has the columns of the table as keys, times in UTC to the microsecond."""
    _, folder = export()
    line = json.loads((folder / "audit_trail_2001_01.jsonl").read_text().split("\n")[0])
    columns = exported.value(
        "select array_agg(attname::text order by attnum) from pg_attribute"
        " where attrelid = 'comply.audit_trail'::regclass and attnum > 0 and not attisdropped"
    )
    assert list(line) == columns == manifest_of(folder)["columns"]
    assert line["timestamp"] == "2001-01-31T23:59:50.000001Z"
    assert line["transaction_id"] == "7"
    assert line["new_values"] == {"text": "", "number": 1.00, "nothing": None}
    assert line["correlation_id"] is None


def test_settings_change_no_byte(export: Callable, exported: Database) -> None:
    """The same rows are the same bytes, whatever the login has for settings."""
    _, one = export(folder="one")
    exported.run("""
      alter role test_exporter set timezone = 'Asia/Kathmandu';
      alter role test_exporter set datestyle = 'SQL, DMY';
      alter role test_exporter set extra_float_digits = -15;
      alter role test_exporter set bytea_output = 'escape';
      alter role test_exporter set intervalstyle = 'sql_standard';
      alter role test_exporter set client_encoding = 'LATIN1'
    """)
    try:
        result, other = export(folder="other")
    finally:
        exported.run("alter role test_exporter reset all")
    assert result.exit_code == 0, result.stderr
    assert manifest_of(one)["files"] == manifest_of(other)["files"]


def test_a_time_is_cut_to_the_microsecond(export: Callable, run_cli: Callable, exported: Database) -> None:
    """--from is in, --to is out."""
    result, folder = export(
        "--from", "2001-01-31T23:59:51.000001Z", "--to", "2001-02-01T00:59:59.999999+01:00"
    )
    assert result.exit_code == 0, result.stderr
    assert texts_of(folder) == [*HOSTILE[1:], "x" * (1 << 20)]


def test_a_folder_is_filled_once(export: Callable) -> None:
    """A folder that has anything is refused, and stays as it is."""
    assert export()[0].exit_code == 0
    before = {path.name: path.read_bytes() for path in export()[1].iterdir()}
    result, folder = export()
    assert (result.exit_code, "is not empty" in result.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_login_without_rights_is_told(export: Callable, exported: Database) -> None:
    """Whoever may not read, or sees one tenant only, gets an error and no folder."""
    result, folder = export(user="test_export_service")
    assert result.exit_code == 6
    assert "sees one tenant only" in result.stderr
    assert not folder.exists()
    exported.run("revoke comply_auditor from test_exporter")
    try:
        result, folder = export()
    finally:
        exported.run("grant comply_auditor to test_exporter")
    assert result.exit_code == 6
    assert "42501" in result.stderr
    assert not folder.exists()


def test_a_tenant_gets_its_own(export: Callable) -> None:
    """A service exports its tenant; of another one nothing, and both know whose it is."""
    result, folder = export("--tenant", "acme", user="test_export_service", folder="acme")
    assert result.exit_code == 0, result.stderr
    assert (manifest_of(folder)["rows"], manifest_of(folder)["tenant"]) == (len(HOSTILE) + 2, "acme")
    for user in ("test_export_service", "test_exporter"):
        result, folder = export("--tenant", "globex", user=user, folder=f"globex-{user}")
        assert result.exit_code == 0, result.stderr
        assert manifest_of(folder)["rows"] == 0


def test_an_export_leaves_a_line_in_the_log(exported: Database, tmp_path: Path) -> None:
    """Before the first row is read the server logs who exports what, and a rollback does not undo that."""
    said: list[tuple[str | None, str]] = []

    class Listening(Session):
        def open(self) -> None:
            super().open()
            self.conn.execute("set client_min_messages = log")
            self.conn.add_notice_handler(lambda n: said.append((n.severity, n.message_primary or "")))

    dsn = exported.server.dsn(exported.name, "test_exporter")
    chosen = ConnectOptions(dsn, False, None, None, None, False)
    session = Listening(chosen, Report("audit_export", is_quiet=True))
    since, before = datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 4, 1, tzinfo=UTC)
    run_export(session, ExportOptions(tmp_path / "out", since, before, "jsonl", "acme"))
    [(severity, line)] = said
    assert severity == "LOG"
    told = json.loads(line.removeprefix("comply-db audit export: "))
    assert (told["tenant"], told["from"]) == ("acme", "2001-01-01T00:00:00.000000Z")


def test_an_export_leaves_a_row_where_reads_have_to(export: Callable, exported: Database) -> None:
    """Where reads that leave no row are refused, an export writes its rows, and else it only reads."""
    left = "select count(*) from comply.access_log where user_id = 'test_exporter'"
    exported.run("select comply.set_unwritable_reads('refuse')")
    exported.run("update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'acme'")
    try:
        result, folder = export(folder="refused")
        assert result.exit_code == 0, result.stderr
        assert manifest_of(folder)["rows"] == len(HOSTILE) + 2
        rows = exported.value(left)
        assert rows > 0
        exported.run("select comply.set_unwritable_reads('log')")
        result, _ = export(folder="logged")
        assert result.exit_code == 0, result.stderr
        assert exported.value(left) == rows
    finally:
        exported.run("select comply.set_unwritable_reads('log')")
        exported.run("update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'acme'")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_interrupted_is_no_export(
    export: Callable, exported: Database, start_cli: Callable, run_cli: Callable, tmp_path: Path, number: int
) -> None:
    """Stopped in the middle, an export leaves no manifest; stopped in order, it leaves nothing."""
    folder = tmp_path / "cut"
    # The second month is read slowly while this policy is there.
    exported.run("""
      create policy slow on comply.audit_trail as restrictive for select to test_exporter
      using ("timestamp" < '2001-02-01 00:00+00' or (select pg_sleep(60)::text) is not null)
    """)
    try:
        dsn = exported.server.dsn(exported.name, "test_exporter")
        process = start_cli(
            "--dsn", dsn, "audit", "export", *EVERYTHING, "-o", str(folder), database=exported
        )
        wait_until(exported, "select count(*) > 0 from pg_stat_activity where wait_event = 'PgSleep'")
        assert (folder / "audit_trail_2001_01.jsonl").exists()
        process.send_signal(number)
        process.wait(timeout=20)
    finally:
        exported.run("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
        exported.run("drop policy slow on comply.audit_trail")
    if number == signal.SIGTERM:
        assert process.returncode == 143
        assert not folder.exists()
        return
    assert not (folder / "manifest.json").exists()
    assert run_cli("audit", "verify-export", str(folder)).exit_code == 4
    assert run_cli("--dsn", dsn, "audit", "export", *EVERYTHING, "-o", str(folder)).exit_code == 2


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_verifying_finds_what_was_changed(export: Callable, run_cli: Callable, form: str) -> None:
    """A changed byte, a missing file, a file too many, a count, and a manifest that leads elsewhere."""
    _, folder = export("--format", form)
    first, manifest = folder / f"audit_trail_2001_01.{form}", folder / "manifest.json"
    whole, said = first.read_bytes(), manifest.read_text()

    def problems() -> list[tuple[str, str]]:
        result = run_cli("audit", "verify-export", str(folder), "--json")
        found = result.json.get("problems", [{"file": "", "problem": result.json["message"]}])
        assert result.exit_code == (4 if found else 0), result.stderr
        return [(entry["file"], entry["problem"]) for entry in found]

    assert problems() == []
    first.write_bytes(whole.replace(b"acme", b"evil", 1))
    assert problems() == [(first.name, "has another SHA-256")]
    first.write_bytes(whole[: whole.rindex(b"\n", 0, len(whole) - 1) + 1])
    assert [problem.split()[0] for _, problem in problems()] == ["has", "has", "has"]
    first.unlink()
    assert problems() == [(first.name, "is missing")]
    first.write_bytes(whole)
    (folder / "more.jsonl").write_text("{}\n")
    assert problems() == [("more.jsonl", "is not in the manifest")]
    (folder / "more.jsonl").unlink()
    manifest.write_text(said.replace(f'"rows": {len(HOSTILE) + 2}', '"rows": 1'))
    assert problems() == [("manifest.json", "its rows are not the sum of its files' rows")]
    manifest.write_text(said.replace(first.name, f"../out/{first.name}"))
    assert (f"../out/{first.name}", "is missing") in problems()
    manifest.write_text("{}")
    assert "is no manifest" in problems()[0][1]


FIELD = st.text(alphabet='a",\n\r\\', max_size=8)


@settings(max_examples=300)
@given(rows=st.lists(st.tuples(FIELD, FIELD)), cuts=st.lists(st.integers(1, 5), min_size=1))
def test_rows_of_csv_are_counted_across_chunks(rows: list[tuple[str, str]], cuts: list[int]) -> None:
    """However the bytes are cut, there are as many rows as were written."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    data, counter, turn = text.getvalue().encode(), RowCounter("csv"), 0
    while data:
        size = cuts[turn % len(cuts)]
        counter.add(data[:size])
        data, turn = data[size:], turn + 1
    assert counter.rows == len(rows)
