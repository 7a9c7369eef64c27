"""The questions of bench/, each a folder with a run.py; harness.py says what such a module offers."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
OFFERED = ("measure", "report", "ratios", "answers")


def load(names: Iterable[str] = ()) -> dict[str, ModuleType]:
    """Return the named questions, or all, as modules by name. Raises FileNotFoundError."""
    folders = [HERE / name for name in names] or sorted(path.parent for path in HERE.glob("*/run.py"))
    return {folder.name: _load(folder) for folder in folders}


def missing(question: ModuleType) -> list[str]:
    """Return what a question should offer, and does not."""
    return [name for name in OFFERED if not callable(getattr(question, name, None))]


def _load(folder: Path) -> ModuleType:
    name = f"bench_{folder.name}"
    spec = importlib.util.spec_from_file_location(name, folder / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks for its module there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
