"""Small source trees for the tests that need an evil one: the real bootstrap files, then what a test adds."""

import shutil
from pathlib import Path

from comply_db.manifest import LINE, normpath

ROOT = Path(__file__).parents[2]


class SourceTree:
    """A copy of the repository's manifest through the bootstrap unit, to which a test adds files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[str] = []
        for folder in ("schema", "functions", "triggers", "policies"):
            (root / folder).mkdir(parents=True)
        for line in (ROOT / "schema/install.sql").read_text().splitlines():
            match = LINE.match(line)
            if not match:
                continue
            path = normpath(f"schema/{match[1]}")
            self.lines.append(path)
            for suffix in (".sql", ".revert.sql", ".verify.sql"):
                source = ROOT / path.replace(".sql", suffix)
                if source.exists():
                    shutil.copy(source, root / source.relative_to(ROOT))
            if (root / path).read_text().startswith("-- comply: bootstrap"):
                break
        self.save()

    def save(self) -> None:
        """Write the manifest."""
        text = "".join(
            f"\\ir {'' if p.startswith('schema/') else '../'}{p.removeprefix('schema/')}\n"
            for p in self.lines
        )
        (self.root / "schema/install.sql").write_text(text)

    def add(
        self, path: str, text: str | bytes, revert: str | None = "select 1;", verify: str | None = None
    ) -> str:
        """Write a file, name it in the manifest's last line unless it is there, and return its path."""
        (self.root / path).write_bytes(text.encode() if isinstance(text, str) else text)
        if path.startswith("schema/") and revert is not None:
            (self.root / path.replace(".sql", ".revert.sql")).write_text(revert)
        if verify is not None:
            (self.root / path.replace(".sql", ".verify.sql")).write_text(verify)
        if path not in self.lines:
            self.lines.append(path)
            self.save()
        return path

    def table(self, number: int, name: str, columns: str = "id integer", before: str = "") -> str:
        """Add a schema file that makes a table."""
        return self.add(
            f"schema/{number:04}__{name}.sql",
            f"{before}\ncreate table comply.{name} ({columns});\n",
            f"drop table comply.{name};\n",
        )

    def function(
        self, name: str, body: str = "return 1;", arguments: str = "", returns: str = "integer"
    ) -> str:
        """Add, or replace, a file that makes a function of comply with an SQL body."""
        return self.add(
            f"functions/comply.{name}.sql",
            f"create or replace function comply.{name}({arguments})\n"
            f"returns {returns}\nlanguage sql\nstable\n{body}\n",
        )

    def remove(self, path: str) -> None:
        """Take a file out of the tree and the manifest."""
        self.lines.remove(path)
        (self.root / path).unlink()
        (self.root / path.replace(".sql", ".revert.sql")).unlink(missing_ok=True)
        self.save()
