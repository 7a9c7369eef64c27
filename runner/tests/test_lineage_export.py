"""comply-db lineage export: events that OpenLineage's own classes take, with nothing of a record in them."""

import json
import sys
import types
import typing
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import attr
import pytest
from conftest import Database, Result
from openlineage.client.generated import (
    base,
    column_lineage_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    tags_dataset,
)

MODULES = (
    base,
    column_lineage_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    tags_dataset,
)
SPAN = ("--from", "2026-01-01", "--to", "2100-01-01")
FILL = """
select comply.add_tenant('acme'), comply.add_tenant('globex');
insert into comply.storage_records (
  tenant_id, source_data_hash, detector_type, model_version, mapped_data, metadata, subject_id)
values
  ('acme', repeat('ab', 32), 'presidio', 'test-1', '{"labels": ["PII.Person.Name"]}',
   '{"note": "secret-note"}', 'secret-subject');
select comply.record_lineage(
  'training', '{records:2026-01-01/2100-01-01,taxonomy:1,file:base.jsonl}', '{model:toxicity/7}',
  tenant_id => 'acme');
insert into comply.archives (
  tenant_id, table_name, covers_from, covers_until, row_count, content_hash, first_key, last_key, columns,
  column_types, schema_fingerprint, format, sink, location, object_name, object_hash, object_bytes,
  manifest_hash, keep_until)
select t, 'storage_records', '2026-02-01 00:00Z', '2026-03-01 00:00Z', 7, d, '{}', '{}', '{id}', '{uuid}', d,
       'csv.gz', 'directory', '/archive', t || '/feb.csv.gz', d, 1234, d, now()
from sha256('') as d cross join unnest(array['acme', 'globex']) as t;
insert into comply.restores (tenant_id, archive_id, is_drill, row_count, erased_count)
select a.tenant_id, a.id, a.tenant_id = 'globex', 7, 0 from comply.archives as a;
insert into comply.destruction_certificates (
  tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, verdict)
select 'acme', 'storage_records', '2026-02-01 00:00Z', '2026-03-01 00:00Z', 7, sha256(''), 'a rule', v
from unnest(array['DROP', 'BATCH', 'ERASURE']) as v;
insert into comply.reports (
  tenant_id, report_id, framework_id, version, period_from, period_to, format, location, file_name,
  file_bytes, file_hash)
select 'acme', '00000000-0000-4000-8000-0000000000f1', 'gdpr', '2016/679', '2026-01-01', '2026-02-01', f,
       '/reports', 'gdpr.' || f, 1, sha256('')
from unnest(array['json', 'html']) as f;
do $$
begin
  if to_regrole('test_lineage') is null then
    create role test_lineage login in role comply_auditor;
    create role test_lineage_service login in role comply_app;
  end if;
end;
$$;
"""


@pytest.fixture(scope="module")
def filled(make_database: Callable[..., Database], template: Database) -> Database:
    """A database in which something of everything was done."""
    database = make_database(template)
    database.run(FILL)
    return database


@pytest.fixture(scope="module")
def events(run_cli: Callable[..., Result], filled: Database, tmp_path_factory: Any) -> list[dict[str, Any]]:
    """What was exported of it."""
    return exported(run_cli, filled, tmp_path_factory.mktemp("lineage") / "events.ndjson")


def exported(
    run_cli: Callable[..., Result], database: Database, path: Path, *more: str
) -> list[dict[str, Any]]:
    """Return what the command writes."""
    dsn = database.server.dsn(database.name, "test_lineage")
    result = run_cli("--dsn", dsn, "lineage", "export", *SPAN, "-o", str(path), *more)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def jobs(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the runs by the names of their jobs."""
    return {event["job"]["name"].removeprefix("comply-db."): event for event in events if "job" in event}


def check(value: Any, wanted: Any, where: str) -> None:
    """Fail where a value is not of a type: a class of OpenLineage, or the type of one of its fields."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is Any:
        return
    if origin in (typing.Union, types.UnionType):
        if value is None:
            assert type(None) in inner, f"{where} is null"
            return
        (wanted,) = [kind for kind in inner if kind is not type(None)]
        check(value, wanted, where)
    elif origin is list:
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            check(item, inner[0], f"{where}[{number}]")
    elif origin is dict:
        assert isinstance(value, dict), where
        for key, item in value.items():
            check(item, inner[1], f"{where}.{key}")
    elif attr.has(wanted):
        check_object(value, wanted, where)
    elif issubclass(wanted, Enum):
        assert value in [member.value for member in wanted], f"{where} is {value!r}"
    else:
        assert isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)), (
            f"{where} is {value!r}"
        )


def check_object(value: Any, wanted: type, where: str) -> None:
    """Fail where an object has a key too many or too few, or a wrong value; a facet is what it says it is."""
    assert isinstance(value, dict), where
    if issubclass(wanted, base.BaseFacet):
        wanted = facet_class(value["_schemaURL"], wanted)
    hints = {}
    for parent in reversed(wanted.__mro__):
        names = vars(sys.modules[parent.__module__])
        hints |= {
            name: eval(kind, names) if isinstance(kind, str) else kind  # noqa: S307
            for name, kind in vars(parent).get("__annotations__", {}).items()
        }
    fields = attr.fields_dict(wanted)
    assert set(value) <= set(fields), f"{where} has {set(value) - set(fields)}"
    needed = {name for name, f in fields.items() if f.default is attr.NOTHING}
    assert needed <= set(value), f"{where} has no {needed - set(value)}"
    for name, item in value.items():
        check(item, hints[name], f"{where}.{name}")


def facet_class(url: str, parent: type) -> type:
    """Return the class whose schema a facet names."""
    for module in MODULES:
        for found in vars(module).values():
            if attr.has(found) and issubclass(found, parent) and found._get_schema() == url:
                return found
    raise AssertionError(f"no {parent.__name__} has the schema {url}")


def test_every_event_is_one_of_openlineage(events: list[dict[str, Any]]) -> None:
    """Each has what its schema asks for, of the right type, and nothing that it does not know."""
    kinds = {c._get_schema(): c for c in (base.RunEvent, base.DatasetEvent)}
    for event in events:
        check_object(event, kinds[event["schemaURL"]], "event")
        datetime.fromisoformat(event["eventTime"])
        if "run" in event:
            UUID(event["run"]["runId"])
    assert {event["schemaURL"] for event in events} == set(kinds)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schemaURL",), None),
        (("dataset", "namespace"), 7),
        (("dataset", "facets", "schema", "fields", 0, "kind"), "x"),
        (("dataset", "facets", "schema", "_schemaURL"), "https://example.com"),
        (("dataset", "facets", "tags", "tags", 0, "value"), None),
    ],
)
def test_the_check_sees_what_is_wrong(
    events: list[dict[str, Any]], path: tuple[Any, ...], value: Any
) -> None:
    """An event that was spoilt at one place fails."""
    event = json.loads(
        json.dumps(next(e for e in events if "dataset" in e and "tags" in e["dataset"]["facets"]))
    )
    place = event
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises((AssertionError, TypeError)):
        check_object(event, base.DatasetEvent, "event")


def test_what_was_done_is_a_run(events: list[dict[str, Any]], filled: Database) -> None:
    """Archives, restores, destruction and what somebody recorded, with the data sets of each."""
    runs = jobs(events)
    assert set(runs) == {
        "training.acme",
        "archive.acme",
        "archive.globex",
        "restore.acme",
        "restore_drill.globex",
        "retention.acme",
        "erasure.acme",
        "report.acme",
    }
    assert [o["name"] for o in runs["report.acme"]["outputs"]] == ["/reports/gdpr.html", "/reports/gdpr.json"]
    training = runs["training.acme"]
    table = f"{filled.name}.comply.storage_records"
    assert {i["name"] for i in training["inputs"]} == {table, "1", "base.jsonl"}
    assert training["outputs"] == [{"namespace": "model", "name": "toxicity/7"}]
    archive = runs["archive.acme"]
    assert archive["inputs"][0]["name"] == table
    assert archive["outputs"][0]["name"] == "acme/feb.csv.gz"
    assert archive["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 7
    assert runs["restore.acme"]["inputs"][0] == {
        key: archive["outputs"][0][key] for key in ("namespace", "name")
    }
    assert runs["restore_drill.globex"]["outputs"] == []
    states = {
        (
            o["name"].removeprefix(f"{filled.name}.comply."),
            o["facets"]["lifecycleStateChange"]["lifecycleStateChange"],
        )
        for event in events
        if event.get("job", {}).get("name") in ("comply-db.retention.acme", "comply-db.erasure.acme")
        for o in event["outputs"]
    }
    assert states == {("storage_records_2026_02", "DROP"), ("storage_records", "OVERWRITE")}


def test_data_sets_have_labels_and_lineage(events: list[dict[str, Any]], filled: Database) -> None:
    """Tables say what they hold, views what they are made of."""
    sets = {e["dataset"]["name"].split(".")[-1]: e["dataset"]["facets"] for e in events if "dataset" in e}
    tags = {(t["field"], t["key"], t["value"]) for t in sets["storage_records"]["tags"]["tags"]}
    assert ("subject_id", "subject", "end user") in tags
    assert ("confidential", "classification", "restricted") in tags
    (source,) = sets["restored_rows"]["columnLineage"]["fields"]["content"]["inputFields"]
    assert source["name"] == f"{filled.name}.comply_private.restored_rows"
    assert source["transformations"][0]["subtype"] == "IDENTITY"


def test_nothing_of_a_record_is_in_it(events: list[dict[str, Any]]) -> None:
    """Not its subject, not what it says, not even its hash."""
    text = json.dumps(events)
    assert "secret" not in text
    assert "abab" not in text


def test_two_exports_have_the_same_runs(
    run_cli: Callable[..., Result], filled: Database, events: list[dict[str, Any]], tmp_path: Path
) -> None:
    """So that a catalog takes the second for the first."""
    again = exported(run_cli, filled, tmp_path / "again.ndjson")
    assert [e for e in again if "run" in e] == [e for e in events if "run" in e]


def test_one_tenant_is_exported_alone(
    run_cli: Callable[..., Result], filled: Database, tmp_path: Path
) -> None:
    """With --tenant nothing of another is in the runs."""
    found = jobs(exported(run_cli, filled, tmp_path / "one.ndjson", "--tenant", "globex"))
    assert set(found) == {"archive.globex", "restore_drill.globex"}


def test_a_file_is_never_written_over(
    run_cli: Callable[..., Result], filled: Database, tmp_path: Path
) -> None:
    """The file has to be new, and is not left where the export was refused."""
    taken, new = tmp_path / "taken", tmp_path / "new"
    taken.write_text("mine")
    dsn = filled.server.dsn(filled.name, "test_lineage")
    assert run_cli("--dsn", dsn, "lineage", "export", *SPAN, "-o", str(taken)).exit_code == 2
    assert taken.read_text() == "mine"
    refused = run_cli("--dsn", dsn, "lineage", "export", *SPAN, "-o", str(new), "--namespace", "nowhere")
    assert "PC619" in refused.stderr
    assert not new.exists()


def test_a_service_is_refused(run_cli: Callable[..., Result], filled: Database, tmp_path: Path) -> None:
    """Lineage over all tenants is for those who may see them."""
    dsn = filled.server.dsn(filled.name, "test_lineage_service")
    result = run_cli("--dsn", dsn, "lineage", "export", *SPAN, "-o", str(tmp_path / "new"))
    assert result.exit_code != 0
    assert not (tmp_path / "new").exists()


def test_a_load_names_its_file(
    run_cli: Callable[..., Result], make_database: Callable[..., Database], template: Database, tmp_path: Path
) -> None:
    """Records of a load go back to the file, by its name alone, whatever that is."""
    database = make_database(template)
    database.run("select comply.add_tenant('acme')")
    file = tmp_path / " a night\u00e9.jsonl "
    file.write_text(json.dumps({"source_data_hash": "cd" * 32, "labels": {"PERSON": 0.9}}) + "\n")
    loaded = run_cli(
        "--dsn",
        database.admin_dsn,
        "--json",
        "load",
        str(file),
        "--tenant",
        "acme",
        "--detector",
        "presidio",
        "--model",
        "test-1",
    )
    assert loaded.exit_code == 0, loaded.stderr
    query = """
      select array_agg(l.source order by l.source)
      from comply.storage_records as r
      cross join comply.lineage_of(r.id) as l
      where l.node = 'load:' || %s
    """
    sources = database.value(query, loaded.json["load_id"])
    assert "file:%20a%20night%C3%A9.jsonl%20" in sources
    assert {"model:presidio/test-1", "taxonomy:1"} < set(sources)
