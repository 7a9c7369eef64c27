"""What guards the speed is right itself: the comparison with the baseline, and the pages made of results.

Nothing is timed here. The figures were measured: the runs of bench/baseline.json, and runs with
bench/planted.sql, which makes some of it slower, in bench/planted.json.
"""

import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

BENCH = ROOT / "bench"
sys.path.insert(0, str(BENCH))
import check  # noqa: E402
import compare  # noqa: E402
import harness  # noqa: E402
import overview  # noqa: E402
import questions  # noqa: E402

QUESTIONS = sorted(path.parent.name for path in BENCH.glob("*/run.py"))
BASELINE = json.loads((BENCH / "baseline.json").read_text(encoding="utf-8"))["runs"]
PLANTED = json.loads((BENCH / "planted.json").read_text(encoding="utf-8"))["runs"]
# Where the planted search shows, which may use no index; and what the planted trigger slows on both sides.
SLOWER = {"search, all tenants: actor and operation", "search, large tenant: a changed column"}
ALIKE = "insert, batch"


def medians(runs: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in runs.items()}


def verdicts(measured: dict[str, float], runs: dict[str, list[float]]) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in compare.judge(measured, runs)}


def every_ratio() -> list[Any]:
    return [
        pytest.param(name, runs, id=f"{major}: {question}, {name}")
        for major, by_question in BASELINE.items()
        for question, ratios in by_question.items()
        for name, runs in ratios.items()
    ]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_offers_what_the_others_do(name: str) -> None:
    assert questions.missing(questions.load([name])[name]) == []
    readme = (BENCH / name / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# ") and "\nNot asked: " in readme


@pytest.mark.parametrize("name", QUESTIONS)
def test_results_are_what_the_kept_figures_say(name: str) -> None:
    results = harness.kept(BENCH / name)
    if not results:
        pytest.skip("nothing is kept of it")

    page = (BENCH / name / "RESULTS.md").read_text(encoding="utf-8")

    assert page == questions.load([name])[name].report(results), "run bench/overview.py"


def test_the_page_is_what_the_kept_figures_say() -> None:
    page = overview.PAGE.read_text(encoding="utf-8")

    assert page == overview.page(page), "run bench/overview.py"


@pytest.mark.parametrize("major", sorted(BASELINE))
def test_the_baseline_has_every_question(major: str) -> None:
    assert sorted(BASELINE[major]) == QUESTIONS


@pytest.mark.parametrize(("name", "runs"), every_ratio())
def test_a_ratio_that_is_compared_cannot_lose_half_its_speed(name: str, runs: list[float]) -> None:
    finding = compare.judge({name: statistics.median(runs)}, {name: runs})[0]

    if finding.verdict == "strays too far":
        assert compare.band(runs) > math.log(2)
    else:
        assert finding.verdict == "as usual"
        assert verdicts({name: finding.usual * 0.49}, {name: runs}) == {name: "worse"}
        assert verdicts({name: finding.limit * 0.999}, {name: runs}) == {name: "worse"}
        assert verdicts({name: finding.limit * 1.001}, {name: runs}) == {name: "as usual"}


@pytest.mark.parametrize("major", sorted(PLANTED))
def test_a_planted_slowdown_is_found(major: str) -> None:
    runs = BASELINE[major]["audit_search"]

    found = verdicts(medians(PLANTED[major]["audit_search"]), runs)

    assert {name: found[name] for name in (*SLOWER, ALIKE)} == dict.fromkeys(SLOWER, "worse") | {
        ALIKE: "as usual"
    }


def test_a_ratio_without_a_counterpart_is_bad() -> None:
    findings = compare.judge({"new": 1.0, "both": 1.0}, {"both": [1.0, 1.0], "gone": [1.0, 1.0]})

    assert {f.name: (f.verdict, f.is_bad) for f in findings} == {
        "both": ("as usual", False),
        "gone": ("not measured", True),
        "new": ("not in the baseline", True),
    }


def test_a_single_run_is_no_baseline() -> None:
    assert verdicts({"a": 0.01}, {"a": [1.0]}) == {"a": "strays too far"}
    assert compare.alarms([1.0]) == 0


def test_an_alarm_is_a_run_that_the_others_find_worse() -> None:
    assert compare.alarms([1.0, 1.01, 0.99, 1.0, 0.5]) == 1


class Question:
    """A question whose measurements were made before: one after the other they are handed out."""

    def __init__(self, *results: dict[str, float]) -> None:
        self.results = list(results)

    def measure(self, major: int) -> dict[str, float]:
        return self.results.pop(0)

    def ratios(self, result: dict[str, float]) -> dict[str, list[float]]:
        return {name: [value] for name, value in result.items()}


def usual(major: str) -> dict[str, float]:
    return medians(BASELINE[major]["audit_search"])


def planted(major: str) -> dict[str, float]:
    return medians(PLANTED[major]["audit_search"])


@pytest.mark.parametrize("major", sorted(PLANTED))
@pytest.mark.parametrize(
    ("measurements", "code"),
    [((usual,), 0), ((planted, planted), 1), ((planted, usual), 0), ((), 2)],
    ids=["as usual", "worse twice", "worse once", "not measured"],
)
def test_a_check_fails_for_what_is_worse_twice(
    major: str,
    measurements: tuple[Any, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(harness, "MAJORS", [int(major)])
    question = Question(*(measurement(major) for measurement in measurements))

    assert check.compare_all({"audit_search": question}, BENCH / "baseline.json") == code

    printed = capsys.readouterr().out
    assert ("FAILED" in printed) == (code > 0)
    if code == 1:
        assert all(f"FAILED  PostgreSQL {major}: audit_search, {name}: worse" in printed for name in SLOWER)
    assert question.results == []


def test_a_baseline_is_kept_beside_what_it_has_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "MAJORS", [15])
    path = tmp_path / "baseline.json"
    asked = {"one": Question({"a": 1.0}, {"a": 1.1}), "two": Question({"b": 2.0}, {"b": 2.0})}
    check.keep(asked, path, 2)

    check.keep({"two": Question({"b": 3.0}, {"b": 3.0}, {"b": 4.0})}, path, 3)

    assert json.loads(path.read_text(encoding="utf-8"))["runs"] == {
        "15": {"one": {"a": [1.0, 1.1]}, "two": {"b": [3.0, 3.0, 4.0]}}
    }

    check.keep({"one": Question({"a": 0.9})}, path, 1, add=True)

    assert json.loads(path.read_text(encoding="utf-8"))["runs"]["15"]["one"] == {"a": [1.0, 1.1, 0.9]}
