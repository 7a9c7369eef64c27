"""How several runs of the tests divide them: whoever takes a piece first has it, and nobody else."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest


def take(share: Path, piece: str) -> bool:
    """Take a piece of work; return whether it was still there."""
    try:
        (share / piece).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def taken(share: Path, items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests of each file that nobody has taken, and take it when its first test is asked for."""
    for path, tests in groupby(items, key=lambda item: item.path):
        if take(share, path.name):
            yield from tests
