"""The page of a report, as Chromium shows it: light, dark, on a phone, on paper, and by keyboard."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reported
from conftest import Database, Result
from node_tools import debian_program, npm_folder
from test_reports import at_that_time

PACKAGES = ("puppeteer-core@24.43.1", "axe-core@4.14.1")


@pytest.fixture(scope="module")
def page(
    make_database: Callable[..., Database],
    template: Database,
    run_cli: Callable[..., Result],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The page of a report that has everything in it, hostile names as well."""
    database = make_database(template)
    with database.connect(None) as conn:
        if conn.info.server_version < 180000:
            pytest.skip("once is enough: the page is the same on every version")
        reported.fill(conn)
    path = tmp_path_factory.mktemp("page") / "report.html"
    done = at_that_time(run_cli, database, *reported.PERIOD, "-o", str(path))
    assert done.exit_code == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def seen(page: Path) -> dict[str, Any]:
    """What Chromium saw."""
    chromium = debian_program("chromium-headless-shell", "chromium-headless-shell", "fonts-dejavu-core")
    script = Path(__file__).with_name("look_at_page.mjs")
    done = subprocess.run(
        ["node", script, npm_folder(*PACKAGES), chromium, page, page.parent],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_runs_and_nothing_is_fetched(page: Path, seen: dict[str, Any]) -> None:
    """The page is one file: no error, no request but for itself, and no script, not even one in a name."""
    assert seen["errors"] == []
    assert set(seen["requests"]) == {page.as_uri()}
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("look", ["light", "dark", "phone", "print"])
def test_everybody_can_read_it(seen: dict[str, Any], look: str) -> None:
    """axe finds no fault, nothing is wider than the screen, charts are drawn, and links lead somewhere."""
    found = seen["looks"][look]
    assert found["violations"] == []
    assert found["passes"] > 20
    assert found["tooWide"] <= 0 or look == "print"
    assert found["drawn"]
    assert all(found["drawn"])
    assert found["broken"] == []


def test_light_is_light_and_dark_is_dark(seen: dict[str, Any]) -> None:
    """And paper is white, whatever the screen is."""
    light, dark, paper = (seen["looks"][look]["background"] for look in ("light", "dark", "print"))
    assert sum(channels(light)) > 700 > 100 > sum(channels(dark))
    assert channels(paper) == (255, 255, 255)


def test_paper_hides_nothing(seen: dict[str, Any]) -> None:
    """What can be opened on a screen is open on paper."""
    assert seen["looks"]["light"]["shut"] > 0
    assert seen["looks"]["print"]["shut"] == 0


def test_a_keyboard_gets_everywhere(seen: dict[str, Any]) -> None:
    """The first stop leads past the sections' names, the next are those."""
    assert seen["looks"]["light"]["focused"] == ["To the summary", "Summary", "Open findings", "Controls"]


def test_pictures_and_pages_come_out(page: Path, seen: dict[str, Any]) -> None:
    """There is something on them."""
    assert seen["looks"]
    for name in ("light.png", "dark.png", "phone.png", "print.png"):
        assert (page.parent / name).read_bytes().startswith(b"\x89PNG")
        assert (page.parent / name).stat().st_size > 20_000
    assert (page.parent / "page.pdf").read_bytes().startswith(b"%PDF")


def channels(color: str) -> tuple[int, ...]:
    """Return red, green and blue of rgb(…)."""
    return tuple(int(part) for part in color.removeprefix("rgb(").rstrip(")").split(","))
