"""Where one statement ends and the next begins: the one place that knows postgast."""

import importlib.util
import re

from comply_db.errors import Exit, RunnerError
from comply_db.manifest import SqlFile

CAN_PARSE = importlib.util.find_spec("postgast") is not None
INTERVAL = re.compile(r"^\d+(us|ms|s|min|h|d)?$")


def split(file: SqlFile, text: str | None = None) -> list[str]:
    """Return the statements of a file, without the comments between them.

    Without postgast the file is taken for one statement, which the server enforces. Raises RunnerError for a
    text that does not parse.
    """
    text = file.text if text is None else text
    if not CAN_PARSE:
        return [text]
    import postgast

    try:
        return postgast.split(text)
    except postgast.PgQueryError as error:
        line, column = place(text, error.cursorpos)
        raise RunnerError(Exit.INVALID, f"{file.path}:{line}:{column}: {error}") from error


def node_of(statement: str) -> str:
    """Return the kind of a statement as PostgreSQL's parser names it: transaction_stmt, copy_stmt."""
    import postgast

    return postgast.parse(statement).stmts[0].stmt.WhichOneof("node") or ""


def plpgsql_error(statement: str) -> str | None:
    """Return what is wrong with the body of a CREATE FUNCTION in PL/pgSQL, or None."""
    import postgast

    if not re.search(r"\blanguage\s+plpgsql\b", statement, re.IGNORECASE):
        return None
    try:
        postgast.parse_plpgsql(statement)
    except postgast.PgQueryError as error:
        # Without a catalog the parser cannot look up types of our schemas, and says so.
        if not str(error).startswith("Not implemented"):
            return f"{error}{f', {error.context}' if error.context else ''}"
    except ValueError:
        pass  # It parsed; the library's JSON of some bodies is malformed (0.2.0).
    return None


def place(text: str, position: int | None) -> tuple[int | None, int | None]:
    """Return line and column, both from 1, of a character position from 1."""
    if not position:
        return None, None
    before = text[: position - 1]
    return before.count("\n") + 1, position - 1 - before.rfind("\n")


def session_settings(file: SqlFile) -> str:
    """Return the SET statements by which a file's headers override the prelude."""
    settings = []
    for header in ("lock-timeout", "statement-timeout"):
        value = file.header(header)
        if value is not None:
            if not INTERVAL.match(value):
                raise RunnerError(
                    Exit.INVALID, f"{file.path}: {header}: {value!r} is no interval", "Say 2s, or 1h."
                )
            settings.append(f"set {header.replace('-', '_')} = '{value}';")
    if file.header("row-security") is not None:
        if file.verify is None:
            raise RunnerError(
                Exit.INVALID,
                f"{file.path}: row-security: on, and no verify file",
                "Policies may hide rows from its statements: write a verify file that counts.",
            )
        settings.append("set row_security = on;")
    return " ".join(settings)
