"""A report as one page of HTML, for screens light and dark, and paper: no script, nothing is fetched."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from comply_db import __version__
from comply_db.errors import Exit, RunnerError

# How a status is called, and the sign that tells it where there are no colours.
STATUSES = {
    "satisfied": ("satisfied", "✓"),
    "accepted": ("accepted", "≈"),
    "review": ("for a person", "?"),
    "not_satisfied": ("not satisfied", "✕"),
    "not_applicable": ("not applicable", "\N{EN DASH}"),
    "not_assessed": ("not assessed", "○"),
}
CATEGORIES = {
    "PII": "personal data",
    "HARM": "harm",
    "JAILBREAK": "jailbreak",
    "PROMPT_INJECTION": "prompt injection",
    "BIAS": "bias",
    "OTHER": "other",
}
SEVERITIES = ("critical", "high", "medium", "low", "info")
COVERAGES = {"full": "in full", "partial": "in part", "supports": "a little", "none": "not at all"}
# More are in the CSV: a page of thousands is read by nobody.
MOST_CHECKS, MOST_SUBJECTS, MOST_VALUES = 60, 5, 3


def page(report: dict[str, Any]) -> str:
    """Return the page of a report. Raises RunnerError where Jinja2 is not installed."""
    try:
        import jinja2
    except ImportError:
        raise RunnerError(
            Exit.USAGE,
            "Jinja2 is not installed",
            "Run pip install 'comply-db[report]', or pass another --format.",
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("comply_db", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "number": number,
        "short": short,
        "percent": percent,
        "day": day,
        "tick": tick,
        "moment": moment,
        "evidence": evidence,
    }
    return environment.get_template("page.html").render(
        report=report,
        statuses=STATUSES,
        categories=CATEGORIES,
        severities=SEVERITIES,
        coverages=COVERAGES,
        most=MOST_CHECKS,
        most_subjects=MOST_SUBJECTS,
        version=__version__,
        checks={check["check_id"]: check for check in report["checks"]},
        open_findings=by_check(report["findings"], "fail", "error"),
        for_a_person=by_check(report["findings"], "manual"),
        ring=ring([(status, report["summary"]["controls"][status]) for status in STATUSES]),
        runs=[run | {"day": run["at"]} for run in report["trend"]],
        bars=bars,
        share=share,
        period=period(report["period"]),
    )


def by_check(findings: list[dict[str, Any]], *statuses: str) -> list[list[dict[str, Any]]]:
    """Return what nobody has accepted of some statuses, by check, the gravest first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if finding["status"] in statuses and not finding["exception_id"]:
            groups.setdefault(finding["check_id"], []).append(finding)
    return sorted(groups.values(), key=lambda group: SEVERITIES.index(group[0]["severity"]))


def ring(parts: Sequence[tuple[str, int]]) -> list[tuple[str, float, float]]:
    """Return the arcs of a ring whose circumference is 100: name, length, and where it begins."""
    whole, at, arcs = sum(count for _, count in parts), 0.0, []
    for name, count in parts:
        if count:
            length = 100 * count / whole
            arcs.append((name, round(length, 3), round(at, 3)))
            at += length
    return arcs


def bars(
    points: Sequence[dict[str, Any]], series: Sequence[str], width: int = 720, height: int = 150
) -> dict[str, Any]:
    """Return the rectangles of a chart of stacked bars, and the lines behind them."""
    top = nice(max((sum(point.get(name) or 0 for name in series) for point in points), default=0))
    step = width / max(len(points), 1)
    gap = min(step * 0.25, 6)
    rectangles = []
    for number_, point in enumerate(points):
        at = float(height)
        for name in series:
            tall = height * (point.get(name) or 0) / top
            if tall:
                at -= tall
                left = round(number_ * step + gap / 2, 2)
                rectangles.append((name, left, round(at, 2), round(step - gap, 2), round(tall, 2)))
    lines = [(round(height * (1 - part)), top * part) for part in (0, 0.5, 1)]
    return {"rectangles": rectangles, "lines": lines, "width": width, "height": height, "step": step}


def nice(value: float) -> float:
    """Return the round number at or above a value that a scale ends with."""
    if not value:
        return 2
    if value <= 10:
        return 2 * math.ceil(value / 2)
    size = 10 ** (len(str(math.ceil(value))) - 1)
    return next(size * times for times in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if size * times >= value)


def share(part: float, whole: float) -> float:
    """Return a part of a whole in percent; of nothing, nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def number(value: float | str | None) -> str:
    """Return a number with its thousands parted."""
    return "\N{EN DASH}" if value is None else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def short(value: float) -> str:
    """Return a number as three figures and a letter: 10.4 M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size * (10 if letter == "k" else 1):
            scaled = value / size
            return f"{scaled:.{0 if scaled >= 100 or scaled == int(scaled) else 1}f}{letter}"
    return number(value)


def percent(value: float) -> str:
    """Return percents; of little, enough to tell it from nothing."""
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"


def day(value: str | None) -> str:
    """Return the day of a time in words, UTC."""
    if value is None:
        return "never"
    time = datetime.fromisoformat(value)
    time = time.astimezone(UTC) if time.tzinfo else time
    return f"{time.day} {time:%b %Y}"


def tick(value: str) -> str:
    """Return the day of a time, UTC, without its year."""
    return day(value).rpartition(" ")[0]


def moment(value: str | None) -> str:
    """Return a time to the minute, UTC."""
    if value is None:
        return "never"
    time = datetime.fromisoformat(value).astimezone(UTC)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def period(bounds: dict[str, str]) -> str:
    """Return a period in words, its last day included."""
    began, ended = (datetime.fromisoformat(bounds[end]).astimezone(UTC) for end in ("from", "to"))
    if began.time() != datetime.min.time() or ended.time() != datetime.min.time():
        return f"{moment(bounds['from'])} to {moment(bounds['to'])}"
    last = ended - timedelta(days=1)
    if last.date() == began.date():
        return f"{began.day} {began:%B %Y}"
    months = "" if (began.month, began.year) == (last.month, last.year) else f" {began:%B}"
    years = "" if began.year == last.year else f" {began.year}"
    return f"{began.day}{months}{years} to {last.day} {last:%B %Y}"


def evidence(observed: dict[str, Any]) -> str:
    """Return what was observed as a line, long lists cut short."""
    return "; ".join(f"{name.replace('_', ' ')}: {_told(value)}" for name, value in observed.items())


def _told(value: Any) -> str:
    if isinstance(value, list):
        told = ", ".join(map(_told, value[:MOST_VALUES])) or "none"
        return told if len(value) <= MOST_VALUES else f"{told} and {len(value) - MOST_VALUES} more"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)
