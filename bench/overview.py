#!/usr/bin/env python3
"""Write every RESULTS.md and the generated parts of docs/performance.md from the results that are kept."""

from __future__ import annotations

import json
import math
import os
import re
import statistics
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import compare
import harness
import questions

PAGE = harness.ROOT / "docs" / "performance.md"
BASELINE = Path(__file__).with_name("baseline.json")


def main() -> None:
    """Write the files."""
    for name, question in _asked().items():
        folder = questions.HERE / name
        if results := harness.kept(folder):
            (folder / "RESULTS.md").write_text(question.report(results), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """Return the page with its generated parts written anew."""
    parts = {"questions": _questions(), "baseline": _baseline()}
    for name, part in parts.items():
        begin, end = f"<!-- {name}, by bench/overview.py -->\n", f"<!-- end of {name} -->\n"
        pattern = re.escape(begin) + r".*?" + re.escape(end)
        text, found = re.subn(pattern, lambda _, b=begin, p=part, e=end: b + p + e, text, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"{PAGE}: {begin.strip()} is there {found} times")
    return text


def _asked() -> dict[str, ModuleType]:
    return {name: asked for name, asked in questions.load().items() if not questions.missing(asked)}


def _questions() -> str:
    return "\n".join(_question(name, question) for name, question in _asked().items())


def _question(name: str, question: ModuleType) -> str:
    folder = questions.HERE / name
    readme = (folder / "README.md").read_text(encoding="utf-8")
    title = re.match(r"# (.+)\n", readme)[1]
    results = harness.kept(folder)
    text = f"### [{title}](../bench/{name}/{'RESULTS' if results else 'README'}.md)\n\n"
    if results:
        machines = {_machine(result["machine"]) for result in results.values()}
        text += harness.table(["", *(f"PostgreSQL {major}" for major in results)], _rows(question, results))
        text += f"\n{'; '.join(sorted(machines))}.\n"
    else:
        text += "Not measured yet.\n"
    if not_asked := re.search(r"^Not asked:.*?(?=\n\n|\n*\Z)", readme, re.MULTILINE | re.DOTALL):
        text += f"\n{_as_of_page(folder, not_asked[0])}\n"
    return text


def _as_of_page(folder: Path, text: str) -> str:
    """Return text of a folder's README with links that lead to the same from the page."""

    def moved(link: re.Match[str]) -> str:
        return f"]({os.path.relpath(folder / link[1], PAGE.parent)})"

    return re.sub(r"\]\((?![a-z]+:)([^)]+)\)", moved, text)


def _machine(machine: dict[str, Any]) -> str:
    return f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['at'][:10]}"


def _rows(question: ModuleType, results: dict[int, dict[str, Any]]) -> list[list[str]]:
    answers = {major: question.answers(result) for major, result in results.items()}
    asked = dict.fromkeys(line for by_line in answers.values() for line in by_line)
    return [[line, *(by_line.get(line, "") for by_line in answers.values())] for line in asked]


def _baseline() -> str:
    if not BASELINE.exists():
        return "There is no baseline yet.\n"
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    rows = []
    for major, by_question in baseline["runs"].items():
        for name, ratios in by_question.items():
            widths = [compare.band(runs) for runs in ratios.values()]
            kept = [1 - math.exp(-width) for width in widths if width <= compare.CEILING]
            rows.append(
                [
                    f"{name}, PostgreSQL {major}",
                    f"{max((len(runs) for runs in ratios.values()), default=0)}",
                    f"{len(kept)}",
                    f"{statistics.median(kept):.0%}" if kept else "",
                    f"{max(kept):.0%}" if kept else "",
                    f"{len(widths) - len(kept)}",
                    f"{sum(compare.alarms(runs) for runs in ratios.values())}",
                ]
            )
    header = ["", "runs", "ratios compared", "band, median", "widest", "stray too far", "false alarms"]
    return harness.table(header, rows) + f"\n{_machine(baseline['machine'])}.\n"


if __name__ == "__main__":
    main()
