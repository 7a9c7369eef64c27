"""Links between the pages of this project lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)


def headings(page: Path) -> set[str]:
    """Return the anchors that a page offers, as GitHub makes them of its headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def broken(page: Path, text: str) -> Iterator[str]:
    """Yield the links of a page that lead to no file, or to no heading of one."""
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    assert list(broken(page, page.read_text(encoding="utf-8"))) == []


def test_a_link_to_nothing_is_seen() -> None:
    """Of a file, and of a heading of a file that is there."""
    text = "[a](docs/none.md) [b](README.md#none) [c](#what-it-costs) [d](https://example.com/x) [e](docs)"
    assert list(broken(ROOT / "README.md", text)) == ["docs/none.md", "README.md#none"]
