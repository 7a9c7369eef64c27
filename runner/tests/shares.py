"""How several runs of the tests divide them: whoever takes a piece first has it, and nobody else."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

# Of files that take minutes none may be the last that is begun: everybody would wait for it.
LONGEST = (
    "test_archive.py",
    "test_units_are_atomic.py",
    "test_retention_crashes.py",
    "test_ledger_properties.py",
)


def take(share: Path, piece: str) -> bool:
    """Take a piece of work; return whether it was still there."""
    try:
        (share / piece).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def taken(share: Path, items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests of each file that nobody has taken, and take it when its first test is asked for.

    The longest come first, the others in their order.
    """
    files = [(path.name, [*tests]) for path, tests in groupby(items, key=lambda item: item.path)]
    for name, tests in sorted(files, key=lambda file: file[0] not in LONGEST):
        if take(share, name):
            yield from tests
