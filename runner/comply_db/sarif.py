"""A report as SARIF, which dashboards of code scanning read: what did not pass, or waits for a person."""

from __future__ import annotations

from typing import Any

from comply_db import __version__
from comply_db.oscal import Ids

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://pypi.org/project/comply-db/"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
# Dashboards rank by this: CVSS has the same bands.
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "info": "0.0"}
KINDS = {"fail": "fail", "error": "open", "manual": "review"}


def log(report: dict[str, Any]) -> dict[str, Any]:
    """Return the log of a report: a rule a check, and a result a finding that is neither pass nor na."""
    rules = {check["check_id"]: number for number, check in enumerate(report["checks"])}
    exceptions = {entry["exception_id"]: entry for entry in report["exceptions"]}
    names = Ids(report).of_findings(report["findings"])
    scope = ("comply-db", report["framework"]["framework_id"], report["tenant"])
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "comply-db",
                        "version": __version__,
                        "informationUri": HOME,
                        "rules": [_rule(check) for check in report["checks"]],
                    }
                },
                # It ends with a slash, or dashboards take the last part for the name of one upload of many.
                "automationDetails": {"id": f"{'/'.join(filter(None, scope))}/"},
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(name, f, rules[f["check_id"]], exceptions.get(f["exception_id"]))
                    for name, f in zip(names, report["findings"], strict=True)
                    if f["status"] in KINDS
                ],
            }
        ],
    }


def _rule(check: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": check["check_id"],
        "name": "".join(word.capitalize() for word in check["check_id"].split("_")),
        "shortDescription": {"text": sentence(check["title"])},
        "fullDescription": {"text": sentence(check["title"])},
        "help": {"text": sentence(check["remedy"])},
        "helpUri": HOME,
        "messageStrings": {"found": {"text": "{0}: {1}."}},
        "defaultConfiguration": {"level": LEVELS[check["severity"]]},
        "properties": {
            "security-severity": SCORES[check["severity"]],
            "tags": ["security", *check["controls"]],
        },
    }


def _result(name: str, finding: dict[str, Any], rule: int, accepted: dict[str, Any] | None) -> dict[str, Any]:
    kind = KINDS[finding["status"]]
    subject = "/".join(filter(None, (finding["tenant_id"], finding["subject"])))
    expected = finding["expected"].rstrip(".")
    result = {
        "ruleId": finding["check_id"],
        "ruleIndex": rule,
        "kind": kind,
        "level": LEVELS[finding["severity"]] if kind == "fail" else "none",
        "message": {"id": "found", "arguments": [f"'{subject}'", f"expected {expected}"]},
        # A dashboard shows no result without a file: it is the one of the check, which says what it looks at.
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": f"functions/comply.check_{finding['check_id']}.sql"},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {"name": finding["subject"], "fullyQualifiedName": subject, "kind": "object"}
                ],
            }
        ],
        "partialFingerprints": {"finding/v1": name},
        "properties": {"controls": finding["controls"], "observed": finding["observed"]},
    }
    if accepted:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": accepted["reason"]}
        ]
    return result


def sentence(text: str) -> str:
    """Return a text that ends with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
