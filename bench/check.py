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
from typing import Any

os.environ["COMPLY_BENCH_SIZE"] = "check"
os.environ.pop("COMPLY_BENCH_QUICK", None)
sys.path.insert(0, str(Path(__file__).parent))
import compare
import harness
import questions

BASELINE = Path(__file__).with_name("baseline.json")
Baseline = dict[str, Any]


def main() -> int:
    """Do what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("question", nargs="*", help="a folder of bench/; without one, all that have ratios")
    parser.add_argument("--runs", type=int, help="keep a new baseline, of so many runs, instead of comparing")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="its file, if it is another")
    arguments = parser.parse_args()
    asked = questions.load(arguments.question)
    for name in [name for name, question in asked.items() if questions.missing(question)]:
        print(f"{name} offers no ratios")
        del asked[name]
    began = time.monotonic()
    code = (
        _keep(asked, arguments.baseline, arguments.runs)
        if arguments.runs
        else _compare(asked, arguments.baseline)
    )
    print(f"{time.monotonic() - began:.0f} s")
    return code


def _compare(asked: dict[str, ModuleType], path: Path) -> int:
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


def _keep(asked: dict[str, ModuleType], path: Path, runs: int) -> int:
    """Measure `runs` times, each time everything, so that runs of one question lie apart; keep all of it."""
    found: Baseline = {str(major): {name: {} for name in asked} for major in harness.MAJORS}
    for run_no in range(runs):
        for major in harness.MAJORS:
            for name, question in asked.items():
                began = time.monotonic()
                for ratio, value in _measure(question, major).items():
                    found[str(major)][name].setdefault(ratio, []).append(round(value, 4))
                taken = time.monotonic() - began
                print(f"run {run_no + 1}, PostgreSQL {major}: {name}, {taken:.0f} s", flush=True)
    baseline = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": {}}
    for major, by_question in found.items():
        baseline["runs"].setdefault(major, {}).update(by_question)
        baseline["runs"][major] = dict(sorted(baseline["runs"][major].items()))
    baseline = {"machine": harness.machine(), "runs": baseline["runs"]}
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
