"""Reports as they leave the database: right to the row, valid where a standard says so, and on record."""

import base64
import hashlib
import json
import os
import re
import subprocess
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import reported
from comply_db import evidence, framework_report
from comply_db.connect import ConnectOptions
from comply_db.errors import Exit, RunnerError
from comply_db.report import Report
from comply_db.session import Session
from comply_db.store import Folder
from conftest import DEPLOYER, ROOT, Database, Result
from node_tools import npm_folder
from psycopg.conninfo import make_conninfo

MULTITOOL = "@microsoft/sarif-multitool-linux@5.7.0"
FORMATS = ("html", "json", "csv", "oscal", "sarif")


@pytest.fixture(scope="module")
def filled(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with something to report, which tests only read."""
    database = make_database(template)
    with database.connect(None) as conn:
        reported.fill(conn)
    return database


@pytest.fixture(scope="module")
def report(
    filled: Database, run_cli: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Make a report on the filled database, and return what was written."""

    def make(form: str, *more: str) -> Path:
        path = tmp_path_factory.mktemp("report") / f"report.{form}"
        done = at_that_time(run_cli, filled, *reported.PERIOD, "--format", form, "-o", str(path), *more)
        assert done.exit_code == 0, done.stderr
        return path

    return make


def at_that_time(run_cli: Callable[..., Result], database: Database, *arguments: str) -> Result:
    """Run comply-db report on test-frame in June 2030, far from the zone that reports are in."""
    dsn = make_conninfo(database.dsn, options=f"-c comply.now={reported.NOW} -c timezone=America/New_York")
    framework = () if "--due" in arguments else ("test-frame",)
    return run_cli("--dsn", dsn, "report", *framework, *arguments)


@cache
def oscal_faults(text: str) -> list[str]:
    """Return what two validators find: of NIST's metaschema, and of what was made from its JSON schema."""
    import pydantic
    from oscal import OSCAL
    from oscal.oscal_support import configure_support
    from oscal_bindings import OscalDocument

    folder = ROOT / ".cache/oscal"
    folder.mkdir(parents=True, exist_ok=True)
    configure_support(str(folder / "oscal_support.db"))
    content = OSCAL.loads(text)
    faults = [str(fault) for fault in content.validation_errors]
    if not (content.is_valid or faults):
        faults = [str(content)]
    try:
        OscalDocument.model_validate(json.loads(text))
    except pydantic.ValidationError as error:
        faults += [str(fault) for fault in error.errors()]
    return faults


def test_records_are_counted_to_the_row(filled: Database) -> None:
    """What a report says of detections is what the rows say, whatever hours a period has."""
    periods = [("2030-05-01", "2030-06-01"), ("2030-05-03 05:00", "2030-05-19 22:00"),
               ("2030-05-03 05:00", "2030-05-03 09:00"), ("2030-05-03 20:00", "2030-05-04 03:00"),
               ("2030-05-03", "2030-05-03 11:00"), ("2030-05-03 13:00", "2030-05-04")]  # fmt: skip
    asked = "select comply.report('test-frame', %s, %s, %s) -> 'detections'"
    with filled.connect(None) as conn:
        conn.execute(f"set timezone = 'UTC'; set comply.now = '{reported.NOW}'")
        for bounds, tenant in product(periods, (None, "test-acme")):
            said = conn.execute(asked, [*bounds, tenant]).fetchone()[0]
            rows = conn.execute(
                """
                select detector_type, model_version, mapped_data -> 'labels', "timestamp"::date
                from comply.storage_records
                where "timestamp" >= %s
                  and "timestamp" < %s
                  and tenant_id = coalesce(%s, tenant_id)
                """,
                [*bounds, tenant],
            ).fetchall()
            assert rows, bounds
            labels = Counter(label for row in rows for label in row[2])
            detectors = Counter(row[:2] for row in rows)
            assert said["records"] == len(rows), bounds
            assert said["flagged"] == sum(row[2] != ["OTHER.Safe"] for row in rows)
            assert {entry["label"]: entry["records"] for entry in said["labels"]} == labels
            told = {(d["detector_type"], d["model_version"]): d["records"] for d in said["detectors"]}
            assert told == detectors
            assert sum(step["records"] for step in said["trend"]) == len(rows)
            days = Counter(str(row[3]) for row in rows)
            assert {step["day"]: step["records"] for step in said["trend"] if step["records"]} == days


def test_oscal_is_what_nist_says(report: Callable[..., Path]) -> None:
    """Assessment results and the catalog in them are valid, and every id in them resolves."""
    text = report("oscal").read_text()
    assert oscal_faults(text) == []
    results = json.loads(text)["assessment-results"]
    embedded = next(r for r in results["back-matter"]["resources"] if "base64" in r)["base64"]["value"]
    assert oscal_faults(base64.b64decode(embedded).decode()) == []
    catalog = json.loads(base64.b64decode(embedded))
    controls = {control["id"]: control for control in catalog["catalog"]["controls"]}
    (result,) = results["results"]
    (selection,) = result["reviewed-controls"]["control-selections"]
    assert {entry["control-id"] for entry in selection["include-controls"]} <= set(controls)
    statements = {part["id"] for control in controls.values() for part in control["parts"]}
    states = {f["target"]["target-id"]: f["target"]["status"]["state"] for f in result["findings"]}
    assert set(states) <= statements
    # Only what passed is satisfied; what had nothing to judge, or was not asked, is no finding.
    assert states == {
        "T.1_smt": "satisfied",
        "T.2_smt": "not-satisfied",
        "T.3_smt": "not-satisfied",
        "T.4_smt": "not-satisfied",
        "T.8_smt": "not-satisfied",
        "T.9_smt": "not-satisfied",
    }
    observed = {o["uuid"] for o in result["observations"]}
    risks = {risk["uuid"]: risk["status"] for risk in result["risks"]}
    assert Counter(risks.values()) == {"open": 4, "deviation-approved": 2}
    for finding in result["findings"]:
        assert {o["observation-uuid"] for o in finding["related-observations"]} <= observed
        assert {r["risk-uuid"] for r in finding.get("related-risks", [])} <= set(risks)


@pytest.mark.parametrize(
    ("valid", "broken"),
    [
        ('"not-satisfied"', '"unsatisfied"'),
        ('"control-id": "T.', '"control-id": "1.'),
        ('"import-ap"', '"import-plan"'),
    ],
)
def test_a_fault_in_oscal_is_seen(report: Callable[..., Path], valid: str, broken: str) -> None:
    """The validators refuse what is not OSCAL."""
    text = report("oscal").read_text()
    assert valid in text
    assert oscal_faults(text.replace(valid, broken)) != []


@pytest.mark.parametrize(
    ("framework", "control", "token"),
    [
        ("nist-800-53", "AC-2(3)", "ac-2.3"),
        ("soc2", "CC6.1", "CC6.1"),
        ("hipaa", "164.308(a)(1)(ii)(D)", "hipaa-164.308-a-1-ii-D"),
        ("gdpr", "5(1)(e)", "gdpr-5-1-e"),
        ("27k", "5.1", "_27k-5.1"),
        ("own", "² of two", "own-²-of-two"),
        ("nist-800-53-own", "1 a (b)", "nist-800-53-own-1-a-.b"),
    ],
)
def test_control_ids_are_tokens(framework: str, control: str, token: str) -> None:
    """Control ids are spelled as OSCAL spells ids, and those of NIST as its catalog does."""
    from comply_db import oscal

    assert oscal.token(framework, control) == token


def test_no_two_controls_are_spelled_alike() -> None:
    """What OSCAL has no letters for is told apart by a number."""
    from comply_db import oscal

    ids = ["A 1", "A-1", "A/1", "A-1.2"]
    report = {"framework": {"framework_id": "own"}, "controls": [{"control_id": c} for c in ids]}
    assert oscal.tokens(report) == {"A 1": "A-1", "A-1": "A-1.2", "A/1": "A-1.3", "A-1.2": "A-1.2.2"}


def test_ids_are_those_of_the_last_run(report: Callable[..., Path]) -> None:
    """Two reports differ in the time at which they were made, and in no id."""
    first, second = (
        set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", report(form).read_text())) for form in ("oscal", "oscal")
    )
    assert first == second
    prints = [
        [r["partialFingerprints"] for r in json.loads(report("sarif").read_text())["runs"][0]["results"]]
        for _ in range(2)
    ]
    assert prints[0] == prints[1]


@pytest.fixture(scope="session")
def sarif_multitool() -> Path:
    """The validator of the company that wrote SARIF."""
    program = npm_folder(MULTITOOL) / "@microsoft/sarif-multitool-linux/Sarif.Multitool"
    program.chmod(0o755)
    return program


def validated(multitool: Path, log: Path) -> str:
    """Return what the validator says of a log."""
    done = subprocess.run(
        [multitool, "validate", log, "--level", "Error;Warning"],
        env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return "\n".join(line for line in done.stdout.splitlines() if re.search(r": (error|warning) ", line))


def test_sarif_is_valid(report: Callable[..., Path], sarif_multitool: Path, tmp_path: Path) -> None:
    """SARIF has what failed, was not judged, or waits for a person, and its validator finds no fault."""
    log = report("sarif")
    run = json.loads(log.read_text())["runs"][0]
    # What is after the last slash names a run; what is before it, whose results replace whose.
    assert run["automationDetails"]["id"] == "comply-db/test-frame/"
    own = json.loads(report("sarif", "--tenant", "test-acme").read_text())["runs"][0]
    assert own["automationDetails"]["id"] == "comply-db/test-frame/test-acme/"
    assert Counter((r["kind"], r["level"], "suppressions" in r) for r in run["results"]) == {
        ("fail", "error", False): 1,
        ("fail", "error", True): 1,
        ("fail", "note", True): 1,
        ("fail", "warning", False): 2,
        ("open", "none", False): 1,
        ("review", "none", False): 1,
    }
    named = log.with_name("report.sarif.json")
    log.rename(named)
    assert validated(sarif_multitool, named) == ""
    broken = tmp_path / "broken.sarif"
    broken.write_text(named.read_text().replace('"ruleIndex"', '"ruleNumber"'))
    assert "JSON1005" in validated(sarif_multitool, broken)


def test_csv_is_what_its_manifest_says(report: Callable[..., Path]) -> None:
    """Every file has the rows and the hash that the manifest lists, and no cell is a formula."""
    folder = report("csv")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {path.name for path in folder.iterdir()} == {f["name"] for f in manifest["files"]} | {
        "manifest.json"
    }
    for file in manifest["files"]:
        data = (folder / file["name"]).read_bytes()
        rows = reported.read_csv(data)
        assert (len(rows), len(data), hashlib.sha256(data).hexdigest()) == (
            file["rows"],
            file["bytes"],
            file["sha256"],
        )
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values()
        )
    findings = reported.read_csv((folder / "findings.csv").read_bytes())
    assert f"'{reported.FORMULA}" in {row["subject"] for row in findings}
    assert manifest["run"]["run_id"]
    assert manifest["checkpoint"]["digest"]


def test_deployments_are_in_the_report_of_their_day(
    filled: Database, run_cli: Callable[..., Result], tmp_path: Path
) -> None:
    """What was done to the database itself is for collectors of evidence; a tenant does not read of it."""
    (day,) = rows(filled, "select min(finished_at)::date from comply_private.schema_migration_events")[0]
    bounds = ("--from", day.isoformat(), "--to", (day + timedelta(days=1)).isoformat(), "--format", "csv")
    for tenant, is_there in (((), True), (("--tenant", "test-acme"), False)):
        folder = tmp_path / str(is_there)
        done = at_that_time(run_cli, filled, *bounds, "-o", str(folder), *tenant)
        assert done.exit_code == 0, done.stderr
        told = reported.read_csv((folder / "administration.csv").read_bytes())
        assert ("deployment" in {row["source"] for row in told}) is is_there


@pytest.mark.parametrize("sign", list("=+-@\t\r\n＝＋－＠"))  # noqa: RUF001
def test_no_cell_is_a_formula(sign: str) -> None:
    """Whatever a spreadsheet begins one with."""
    assert evidence.cell(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_tells_a_secret(report: Callable[..., Path], form: str) -> None:
    """What is labelled confidential or above is in no report, whole or in part."""
    path = report(form)
    text = "".join(file.read_text() for file in (path.iterdir() if path.is_dir() else [path]))
    assert "test_fails" in text or "Test_Fails" in text
    assert "SECRET" not in text
    assert reported.SECRETS["source_data_hash"] not in text


def test_a_report_on_a_tenant_names_no_other(report: Callable[..., Path]) -> None:
    """Such a report can be handed to the tenant."""
    text = report("json", "--tenant", "test-acme").read_text()
    assert "test-acme" in text
    assert "globex" not in text.lower()


@pytest.fixture
def own(make_database: Callable[..., Database], filled: Database) -> Database:
    """A copy of the filled database, to write to."""
    return make_database(filled)


def test_what_is_handed_out_is_on_record(
    own: Database, run_cli: Callable[..., Result], tmp_path: Path
) -> None:
    """A recorded file can be told from any other for ever, as the ledger seals the record of it."""
    path = tmp_path / "report.html"
    done = at_that_time(run_cli, own, *reported.PERIOD, "-o", str(path), "--record")
    assert done.exit_code == 0, done.stderr
    (row,) = rows(
        own, "select format, location, file_name, file_bytes, file_hash, made_by from comply.reports"
    )
    digest = hashlib.sha256(path.read_bytes()).digest()
    assert row == ("html", str(tmp_path), "report.html", path.stat().st_size, digest, DEPLOYER)
    own.run("call comply.seal_audit()")
    assert rows(own, "select * from comply.verify_audit()") == []
    sealed = rows(
        own,
        "select a.new_values ->> 'file_hash' from comply.audit_trail as a where a.table_name = 'reports'",
    )
    assert sealed == [(f"\\x{digest.hex()}",)]


def test_schedules_are_made_up_for(own: Database, run_cli: Callable[..., Result], tmp_path: Path) -> None:
    """Every period that is over is made once, in every format, and is where the record says."""
    own.run(
        "select comply.set_report_schedule("
        "'test-frame', '1 month', '{html,csv,oscal}', '2030-04-01 00:00+00')"
    )
    done = at_that_time(run_cli, own, "--due", "-o", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    listed = rows(
        own,
        "select period_from::date::text, format, location, file_name, file_hash from comply.reports",
    )
    assert Counter((began, form) for began, form, *_ in listed) == {
        (began, form): count
        for began in ("2030-04-01", "2030-05-01")
        for form, count in (("html", 1), ("csv", 14), ("oscal", 1))
    }
    for _, _, location, name, digest in listed:
        assert location == str(tmp_path)
        assert hashlib.sha256((tmp_path / name).read_bytes()).digest() == digest
    again = at_that_time(run_cli, own, "--due", "-o", str(tmp_path))
    assert "0 reports made" in again.stderr
    assert rows(own, "select count(*) from comply.reports") == [(len(listed),)]


def test_of_two_that_make_the_same_report_one_takes_its_files_back(own: Database, tmp_path: Path) -> None:
    """Only files that are on record stay."""
    own.run("select comply.set_report_schedule('test-frame', '1 month', '{html,csv}', '2030-04-01 00:00+00')")
    dsn = make_conninfo(own.dsn, options=f"-c comply.now={reported.NOW}")
    report = Report("report", is_quiet=True)
    session = Session(ConnectOptions(dsn, False, None, None, None, False), report)
    session.open()
    (schedule,) = session.rows("select * from comply.due_reports()")
    store = Folder(str(tmp_path))
    framework_report._scheduled(session, store, schedule)
    kept = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(kept) == 15
    report.run_id = uuid.uuid4()
    with pytest.raises(RunnerError, match="does not wait for this report"):
        framework_report._scheduled(session, store, schedule)
    session.close()
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == kept


def test_a_schedule_that_is_refused_stops_no_other(
    own: Database, run_cli: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are made, wherever the runner was started, and the exit code tells of the one."""
    # There was no such framework in 2025, so that this one is due first, and for ever.
    own.run(
        "select comply.set_report_schedule('test-frame', '1 year', '{csv}', '2025-01-01 00:00+00'),"
        " comply.set_report_schedule('test-frame', '1 month', '{json}', '2030-05-01 00:00+00')"
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    done = at_that_time(run_cli, own, "--due", "-o", "out")
    assert (done.exit_code, "1 report made" in done.stderr) == (4, True), done.stderr
    assert "was not valid at the end of the period" in done.stderr
    ((location, name, began),) = rows(
        own, "select location, file_name, period_from::date::text from comply.reports"
    )
    assert (location, began) == (str(tmp_path / "out"), "2030-05-01")
    assert name.startswith("test-frame_2030-05-01_")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_what_cannot_be_rendered_leaves_no_file(
    own: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or each run of a scheduler would leave one more that is in no record."""
    own.run(
        "select comply.set_report_schedule('test-frame', '1 month', '{json,html}', '2030-05-01 00:00+00')"
    )

    def no_page(_: Any) -> str:
        raise RunnerError(Exit.USAGE, "Jinja2 is not installed")

    monkeypatch.setattr(framework_report, "page", no_page)
    dsn = make_conninfo(own.dsn, options=f"-c comply.now={reported.NOW}")
    session = Session(ConnectOptions(dsn, False, None, None, None, False), Report("report", is_quiet=True))
    with pytest.raises(RunnerError, match="Jinja2"):
        framework_report.due(session, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_recorded_is_taken_back(
    own: Database, run_cli: Callable[..., Result], tmp_path: Path
) -> None:
    """So that it can be asked for again under its name."""
    own.run("alter function comply.record_report rename to record_report_gone")
    path = tmp_path / "report.json"
    done = at_that_time(run_cli, own, *reported.PERIOD, "--format", "json", "-o", str(path), "--record")
    assert done.exit_code == 4, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (("soc1", *reported.PERIOD, "-o", "-"), 4, "comply.frameworks"),
        (("test-frame", "--from", "2030-05-01T00:30Z", "--to", "2030-06-01", "-o", "-"), 4, "whole hours"),
        (("test-frame", *reported.PERIOD, "--format", "csv", "-o", "-"), 2, "-o FILE"),
        (("test-frame", *reported.PERIOD, "-o", "-", "--record"), 2, "-o FILE"),
        (("test-frame", *reported.PERIOD, "-o", "/"), 2, "there already"),
        (("test-frame", "-o", "-"), 2, "--from and --to"),
        (("test-frame", "--due", "-o", "/tmp"), 2, "schedules have them"),
    ],
)
def test_what_is_no_report_is_refused(
    filled: Database, run_cli: Callable[..., Result], arguments: tuple[str, ...], exit_code: int, told: str
) -> None:
    """A refusal says what to do, and leaves nothing on standard output."""
    done = run_cli("report", *arguments, database=filled)
    assert (done.exit_code, done.stdout) == (exit_code, ""), done.stderr
    assert told in done.stderr


def test_standard_output_has_the_report_alone(filled: Database, run_cli: Callable[..., Result]) -> None:
    """So that it can be piped."""
    done = at_that_time(run_cli, filled, *reported.PERIOD, "--format", "json", "-o", "-")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["framework"]["framework_id"] == "test-frame"


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query that the superuser runs."""
    with database.connect(None) as conn:
        conn.execute("set timezone = 'UTC'")
        return conn.execute(query).fetchall()
