"""docs/reference.md is what the catalog says."""

import subprocess

from conftest import ROOT, Database


def test_reference_is_what_the_catalog_says(installed: Database) -> None:
    written = (ROOT / "docs/reference.md").read_text(encoding="utf-8")

    generated = subprocess.run(
        ["psql", "-XAtq", "-d", installed.admin_dsn, "-f", str(ROOT / "docs/reference.sql")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert generated == written, "run `make docs`"
