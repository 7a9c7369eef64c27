"""A report as CSV, with a manifest of hashes: what collectors of evidence take in."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

from comply_db import __version__

FORM = "comply-db report csv 1"
MANIFEST = "manifest.json"
HEAD = (
    "framework",
    "period",
    "tenant",
    "database",
    "generated_at",
    "generated_by",
    "server_version",
    "schema_version",
)
# What spreadsheets take for the beginning of a formula, or leave out before one.
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
QUERY = "select comply.report(framework, period_from, period_to, tenant)"
COLUMNS = {
    "controls": "control_id title status coverage passed failed manual accepted na checks labels records",
    "checks": "check_id title severity kind scope status passed failed manual accepted na controls "
    "evidence_query remedy",
    "findings": "finding_id check_id status severity tenant_id subject expected observed evidence_query "
    "collected_at controls exception_id",
    "exceptions": "exception_id check_id tenant_id subject reason accepted_by accepted_at ends_at "
    "withdrawn_at is_open",
    "labels": "label description records confidence controls",
    "detectors": "detector_type model_version records flagged confidence",
    "changes": "table_name operation row_count",
    "denials": "code row_count last_day",
    "privileged": "user_id active_role reason changes reads last_day",
    "administration": "source action object events happened",
    "destroyed": "table_name verdict certificates rows_destroyed archived approved last_at",
    "tenants": "tenant_id display_name risk records flagged flagged_share severe_failures "
    "other_failures accepted denials",
    "runs": "run_id at satisfied accepted review not_satisfied not_applicable",
}
PLACES = {
    "labels": ("detections", "labels"),
    "detectors": ("detections", "detectors"),
    "changes": ("activity", "tables"),
    "denials": ("activity", "denied"),
    "privileged": ("activity", "privileged"),
    "administration": ("activity", "administration"),
    "destroyed": ("retention", "destroyed"),
    "runs": ("trend",),
}


def files(report: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of a report's files, the manifest last."""
    listed = []
    for name, columns in COLUMNS.items():
        rows = report
        for step in PLACES.get(name, (name,)):
            rows = rows[step]
        # What is done to the database is no tenant's: a report on one has none of it.
        rows = rows or []
        data = table(columns.split(), rows)
        listed.append(
            {
                "name": f"{name}.csv",
                "rows": len(rows),
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
        yield f"{name}.csv", data
    manifest = {
        "form": FORM,
        **{key: report[key] for key in HEAD},
        "runner_version": __version__,
        "query": QUERY,
        "query_sha256": hashlib.sha256(QUERY.encode()).hexdigest(),
        "run": report["run"],
        "checkpoint": report["ledger"]["checkpoint"],
        "files": listed,
    }
    yield MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def table(columns: list[str], rows: list[dict[str, Any]]) -> bytes:
    """Return rows as CSV, in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """Return a value as a cell, which no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    elif isinstance(value, bool):
        value = str(value).lower()
    elif not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.startswith(FORMULAS) else value
