#!/usr/bin/env python3
"""Has anything become slower, beside what it is measured beside? Compare ratios with bench/baseline.json.

Runs each question in its small, steady form, on each version. What is found worse is measured once more, and
only what is worse both times fails. `baseline` measures all of it several times instead, and keeps what came
out; compare.py says how far a ratio may then stray. Exits 0 when all is as usual, 1 when something is worse,
2 when something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType

# Before the harness looks for it; and not for whoever only imports what is here.
if __name__ == "__main__":
    os.environ["COMPLY_BENCH_SIZE"] = "check"
    os.environ.pop("COMPLY_BENCH_QUICK", None)
sys.path.insert(0, str(Path(__file__).parent))
import compare
import harness
import questions

BASELINE = Path(__file__).with_name("baseline.json")
# By major version, question and ratio: what each run measured.
Runs = dict[str, dict[str, dict[str, list[float]]]]


def main() -> int:
    """Do what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("question", nargs="*", help="a folder of bench/; without one, all that have ratios")
    parser.add_argument("--runs", type=int, help="keep a new baseline, of so many runs, instead of comparing")
    parser.add_argument("--add", action="store_true", help="keep these runs beside those that are kept")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="its file, if it is another")
    arguments = parser.parse_args()
    asked = questions.load(arguments.question)
    for name in [name for name, question in asked.items() if questions.missing(question)]:
        print(f"{name} offers no ratios")
        del asked[name]
    began = time.monotonic()
    code = (
        keep(asked, arguments.baseline, arguments.runs, arguments.add)
        if arguments.runs
        else compare_all(asked, arguments.baseline)
    )
    print(f"{time.monotonic() - began:.0f} s")
    return code


def compare_all(asked: dict[str, ModuleType], path: Path) -> int:
    """Measure everything beside the baseline, print what was found, and return the exit code."""
    baseline = json.loads(path.read_text(encoding="utf-8"))
    code = 0
    for major in harness.MAJORS:
        for name, question in asked.items():
            known = baseline["runs"].get(str(major), {}).get(name, {})
            try:
                findings = compare.judge(_measure(question, major), known)
                if any(finding.verdict == "worse" for finding in findings):
                    findings = compare.confirm(findings, compare.judge(_measure(question, major), known))
            except Exception:
                traceback.print_exc()
                print(f"FAILED  PostgreSQL {major}: {name} could not be measured", flush=True)
                code = 2
                continue
            for finding in findings:
                print(_line(major, name, finding), flush=True)
                if finding.is_bad:
                    code = max(code, 1)
    return code


def _line(major: int, question: str, finding: compare.Finding) -> str:
    mark = "FAILED" if finding.is_bad else "      "
    text = f"{mark}  PostgreSQL {major}: {question}, {finding.name}: {finding.verdict}"
    figures = {"measured": finding.measured, "usual": finding.usual, "limit": finding.limit}
    return text + "".join(f", {name} {value:.3f}" for name, value in figures.items() if value is not None)


def _measure(question: ModuleType, major: int) -> dict[str, float]:
    ratios = question.ratios(question.measure(major))
    return {name: statistics.median(by_round) for name, by_round in ratios.items()}


def keep(asked: dict[str, ModuleType], path: Path, runs: int, add: bool = False) -> int:
    """Measure `runs` times, each time everything, so that runs of one question lie apart; keep all of it.

    What is kept of the same questions goes, or with `add` stays beside.
    """
    kept: Runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else {}
    found: Runs = {str(major): {} for major in harness.MAJORS}
    for run_no in range(runs):
        for major in found:
            for name, question in asked.items():
                began = time.monotonic()
                before = kept.get(major, {}).get(name, {}) if add else {}
                ratios = found[major].setdefault(name, {ratio: [*values] for ratio, values in before.items()})
                for ratio, value in _measure(question, int(major)).items():
                    ratios.setdefault(ratio, []).append(round(value, 4))
                taken = time.monotonic() - began
                print(f"run {run_no + 1}, PostgreSQL {major}: {name}, {taken:.0f} s", flush=True)
        # After each run, so that what was measured is not lost when a later one fails.
        everything = {major: dict(sorted((kept.get(major, {}) | found[major]).items())) for major in found}
        baseline = {"machine": harness.machine(), "runs": kept | everything}
        path.write_text(json.dumps(baseline, indent=1) + "\n", encoding="utf-8")
    for major, by_question in found.items():
        for name, ratios in by_question.items():
            for ratio, values in ratios.items():
                width = compare.band(values)
                says = "strays too far" if width > compare.CEILING else f"{1 - math.exp(-width):.0%} at most"
                print(f"{major} {name}, {ratio}: {statistics.median(values):.3f}, {says}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
