"""When has a ratio become worse? A measured ratio beside those of the runs that the baseline was made of.

The baseline keeps what each run measured, and no verdict: the runs tell how far a ratio strays by itself. It
is worse when it falls below their median by more than WIDTH times their standard deviation, both of
logarithms, as 0.5 is as far from 1 as 2 is; and by more than FLOOR, as a few runs may happen to lie close
together. A ratio that strays so far that half of its speed could go unnoticed guards nothing, and is not
compared.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

WIDTH = 3
FLOOR = math.log(1 / 0.9)
CEILING = math.log(2)


@dataclass(frozen=True)
class Finding:
    """What became of one ratio; `limit` is the least that it may be, and None where it is not compared."""

    name: str
    verdict: str
    measured: float | None = None
    usual: float | None = None
    limit: float | None = None

    @property
    def is_bad(self) -> bool:
        """Return whether a check fails for it."""
        return self.verdict in ("worse", "not measured", "not in the baseline")


def band(runs: list[float]) -> float:
    """Return how far below the median of the runs a ratio may be, as a logarithm."""
    logarithms = [math.log(run) for run in runs]
    strays = statistics.stdev(logarithms) if len(runs) > 1 else math.inf
    return max(FLOOR, WIDTH * strays)


def judge(measured: Mapping[str, float], baseline: Mapping[str, list[float]]) -> list[Finding]:
    """Return a finding for each ratio, whether it was measured, or is in the baseline, or both.

    What the baseline misses or has too much is bad as well: a ratio under another name would guard nothing.
    """
    findings = []
    for name in sorted(measured.keys() | baseline.keys()):
        ratio, runs = measured.get(name), baseline.get(name)
        if ratio is None:
            findings.append(Finding(name, "not measured"))
        elif runs is None:
            findings.append(Finding(name, "not in the baseline", ratio))
        else:
            usual, width = statistics.median(runs), band(runs)
            limit = usual * math.exp(-width)
            if width > CEILING:
                findings.append(Finding(name, "strays too far", ratio, usual))
            else:
                worse, better = ratio < limit, ratio > usual * math.exp(width)
                verdict = "worse" if worse else "better" if better else "as usual"
                findings.append(Finding(name, verdict, ratio, usual, limit))
    return findings


def alarms(runs: list[float]) -> int:
    """Return how many of the runs the others would have found worse: how often noise is mistaken for more."""
    if len(runs) < 3:
        return 0
    others = [runs[:number] + runs[number + 1 :] for number in range(len(runs))]
    return sum(
        judge({"": run}, {"": rest})[0].verdict == "worse" for run, rest in zip(runs, others, strict=True)
    )


def confirm(first: list[Finding], second: list[Finding]) -> list[Finding]:
    """Return the findings of the second run, with those ratios as usual that only one of both found worse."""
    worse = {finding.name for finding in first if finding.verdict == "worse"}
    return [
        Finding(f.name, "as usual", f.measured, f.usual, f.limit)
        if f.verdict == "worse" and f.name not in worse
        else f
        for f in second
    ]
