"""A report as OSCAL assessment results, the form that tools of governance, risk and compliance read.

Everything has an id of version 5 over what it is about, so that the reports of two runs differ in what was
found, and in nothing else.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable
from itertools import chain, count
from typing import Any

VERSION = "1.2.3"
NAMESPACE = "urn:comply-db:oscal"
STATES = {
    "satisfied": ("satisfied", "pass", None),
    "not_satisfied": ("not-satisfied", "fail", None),
    "review": ("not-satisfied", "other", "No check failed; a person has to judge what checks cannot."),
    "accepted": ("not-satisfied", "other", "What failed is accepted for a time: see the risks."),
}
METHODS = {"manual": "EXAMINE"}


def assessment_results(report: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a report."""
    ids, spelled = Ids(report), tokens(report)
    framework, period, run = report["framework"], report["period"], report["run"]
    controls = {control["control_id"]: control for control in report["controls"]}
    checks = {check["check_id"]: check for check in report["checks"]}
    exceptions = {entry["exception_id"]: entry for entry in report["exceptions"]}
    found = list(zip(ids.of_findings(report["findings"]), report["findings"], strict=True))
    assessed = [
        c for c in report["controls"] if c["passed"] + c["na"] + c["manual"] + c["failed"] + c["accepted"]
    ]
    reviewed = (
        {"include-controls": [{"control-id": spelled[c["control_id"]]} for c in assessed]}
        if assessed
        else {"description": "No check was asked in this period.", "include-controls": []}
    )
    result = {
        "uuid": ids.of("result"),
        "title": f"{framework['title']}, {framework['version']}",
        "description": "What checks found in the last run of the period, and what they looked at.",
        "start": period["from"],
        "end": period["to"],
        "props": props(
            run_id=run and run["run_id"],
            findings_hash=run and run["findings_hash"],
            mapping_hash=run and run["mapping_hash"],
            checkpoint=(report["ledger"]["checkpoint"] or {}).get("digest"),
            tenant=report["tenant"],
        ),
        "reviewed-controls": {"control-selections": [pruned(reviewed)]},
        "observations": [_observation(key, f, checks[f["check_id"]], ids) for key, f in found],
        "risks": [
            _risk(key, f, checks[f["check_id"]], exceptions.get(f["exception_id"]), ids)
            for key, f in found
            if f["status"] in ("fail", "error")
        ],
        "findings": [
            _finding(control, found, ids, spelled[control["control_id"]])
            for control in controls.values()
            if control["status"] in STATES
        ],
    }
    return {
        "assessment-results": {
            "uuid": ids.of("document"),
            "metadata": {
                "title": f"Assessment of {report['database']} by {framework['title']}",
                "last-modified": report["generated_at"],
                "version": (run or {}).get("run_id", "no run"),
                "oscal-version": VERSION,
            },
            "import-ap": {"href": f"#{ids.of('plan')}"},
            "results": [pruned(result)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": ids.of("plan"),
                        "title": "Assessment plan",
                        "description": "comply.run_checks() asks every check that bears on the framework; "
                        "observations have the query that shows what a check looked at.",
                    },
                    {
                        "uuid": ids.of("catalog"),
                        "title": "Catalog of the controls, with titles of our own",
                        "base64": {
                            "filename": "catalog.json",
                            "media-type": "application/oscal.catalog+json",
                            "value": base64.b64encode(
                                json.dumps(catalog(report), ensure_ascii=False, sort_keys=True).encode()
                            ).decode(),
                        },
                    },
                ]
            },
        }
    }


def catalog(report: dict[str, Any]) -> dict[str, Any]:
    """Return the catalog that control ids resolve in: ids and our own titles, no standard's text."""
    ids, framework, spelled = Ids(report), report["framework"], tokens(report)
    return {
        "catalog": {
            "uuid": ids.of("catalog document"),
            "metadata": {
                "title": framework["title"],
                "last-modified": report["generated_at"],
                "version": line(framework["version"]),
                "oscal-version": VERSION,
            },
            "controls": [
                {
                    "id": spelled[control["control_id"]],
                    "title": control["title"],
                    "props": [{"name": "label", "value": line(control["control_id"])}],
                    "parts": [
                        {
                            "id": f"{spelled[control['control_id']]}_smt",
                            "name": "statement",
                            "prose": control["title"],
                        }
                    ],
                }
                for control in report["controls"]
            ],
        }
    }


class Ids:
    """Ids of version 5, of this database's own."""

    def __init__(self, report: dict[str, Any]) -> None:
        scope = (report["database"], report["framework"]["framework_id"], report["tenant"] or "")
        self.root = uuid.uuid5(uuid.NAMESPACE_URL, "/".join((NAMESPACE, *scope)))

    def of(self, *what: str) -> str:
        """Return the id of a thing."""
        return str(uuid.uuid5(self.root, "\n".join(what)))

    def of_findings(self, findings: Iterable[dict[str, Any]]) -> list[str]:
        """Return a name for each finding, the same in each run: its check, tenant and subject."""
        seen: Counter[tuple[str, ...]] = Counter()
        names = []
        for finding in findings:
            name = (finding["check_id"], finding["tenant_id"] or "", finding["subject"])
            seen[name] += 1
            names.append(self.of(*name, *([str(seen[name])] if seen[name] > 1 else [])))
        return names


def token(framework: str, control: str) -> str:
    """Return a control id as OSCAL spells ids: AC-2(3) is ac-2.3 in the catalog of NIST."""
    name = control
    if framework.startswith("nist-800-53"):
        name = re.sub(r"\((\w+)\)", r".\1", control.lower())
    name = re.sub(r"[^\w.-]+", "-", name).strip("-")
    if not (name[:1].isalpha() or name.startswith("_")):
        name = f"{framework}-{name}"
    return name if name[0].isalpha() or name[0] == "_" else f"_{name}"


def tokens(report: dict[str, Any]) -> dict[str, str]:
    """Return how OSCAL spells each control id of a report, no two alike."""
    spelled: dict[str, str] = {}
    taken: set[str] = set()
    for control in report["controls"]:
        name = token(report["framework"]["framework_id"], control["control_id"])
        free = next(n for n in chain([name], (f"{name}.{i}" for i in count(2))) if n not in taken)
        taken.add(free)
        spelled[control["control_id"]] = free
    return spelled


def props(**named: str | None) -> list[dict[str, str]]:
    """Return properties in our namespace, those that have a value."""
    return [
        {"name": name.replace("_", "-"), "ns": NAMESPACE, "value": line(value)}
        for name, value in named.items()
        if value and value.strip()
    ]


def line(text: str) -> str:
    """Return a text as a string of OSCAL: one line, and no space around it."""
    return " ".join(text.split())


def pruned(thing: dict[str, Any]) -> dict[str, Any]:
    """Return a thing without empty lists, which OSCAL does not have."""
    return {key: value for key, value in thing.items() if value not in ([], None)}


def _observation(key: str, finding: dict[str, Any], check: dict[str, Any], ids: Ids) -> dict[str, Any]:
    observed = json.dumps(finding["observed"], ensure_ascii=False, sort_keys=True)
    return pruned(
        {
            "uuid": ids.of("observation", key),
            "title": check["title"],
            "description": f"{finding['subject']}: {finding['status']}.",
            "props": props(
                check=finding["check_id"],
                subject=finding["subject"],
                tenant=finding["tenant_id"],
                status=finding["status"],
                severity=finding["severity"],
            ),
            "methods": [METHODS.get(finding["status"], "TEST")],
            "collected": finding["collected_at"],
            "relevant-evidence": [
                {
                    "description": f"Expected: {finding['expected']}",
                    "remarks": f"Observed: {observed}\n\nBy: {finding['evidence_query']}",
                }
            ],
        }
    )


def _risk(
    key: str, finding: dict[str, Any], check: dict[str, Any], accepted: dict[str, Any] | None, ids: Ids
) -> dict[str, Any]:
    return pruned(
        {
            "uuid": ids.of("risk", key),
            "title": check["title"],
            "description": f"{finding['subject']} is not as expected: {finding['expected']}"
            if finding["status"] == "fail"
            else f"{finding['subject']} could not be judged.",
            "statement": accepted["reason"] if accepted else check["remedy"],
            "props": props(severity=finding["severity"]),
            "status": "deviation-approved" if accepted else "open",
            "deadline": accepted and accepted["ends_at"],
            "related-observations": [{"observation-uuid": ids.of("observation", key)}],
        }
    )


def _finding(
    control: dict[str, Any], found: list[tuple[str, dict[str, Any]]], ids: Ids, spelled: str
) -> dict[str, Any]:
    state, reason, remarks = STATES[control["status"]]
    mine = [(key, f) for key, f in found if control["control_id"] in f["controls"]]
    return pruned(
        {
            "uuid": ids.of("finding", control["control_id"]),
            "title": f"{control['control_id']}: {control['title']}",
            "description": f"{control['passed']} passed, {control['failed']} failed, "
            f"{control['manual']} for a person, {control['accepted']} accepted. "
            f"Coverage: {control['coverage']}.",
            "target": {
                "type": "statement-id",
                "target-id": f"{spelled}_smt",
                "status": pruned({"state": state, "reason": reason, "remarks": remarks}),
            },
            "related-observations": [{"observation-uuid": ids.of("observation", key)} for key, _ in mine],
            "related-risks": [
                {"risk-uuid": ids.of("risk", key)} for key, f in mine if f["status"] in ("fail", "error")
            ],
        }
    )
