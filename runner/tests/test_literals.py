"""No literal survives comply_private.without_literals(): held against PostgreSQL's own lexer, at random.

Texts are put together from what makes lexers stumble; the letters K to T and the digits 7 to 9 are what is
looked for. Where PostgreSQL finds them in a literal or a comment, no output may have them, wherever the text
is cut off.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import Any

import postgast
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from postgast.pg_query_pb2 import Token

MARKS = frozenset("KLMNOPQRST789")
LITERALS = frozenset(
    Token.Value(name)
    for name in ("SCONST", "USCONST", "BCONST", "XCONST", "FCONST", "ICONST", "SQL_COMMENT", "C_COMMENT")
)
MARK = st.sampled_from(sorted(MARKS))
INSIDE = st.sampled_from(
    [
        *sorted(MARKS),
        *["\\\\", "\\'", "''", "''", '"', "$$", "$a$", "--", "/*", "*/", ",", "é", "日", "1", ""],
        " ",
        "\n",
    ]
)
SIGNS = "' \" \\ $$ $ $a$ $é$ $1 $9 -- /* */ / * - + < = . , ; : ( ) _ || uescape select a1 t.c é e E"


def around(begin: str, end: str) -> st.SearchStrategy[str]:
    """Return something between a beginning and an end, which it may well contain."""
    return st.lists(INSIDE, max_size=6).map(lambda parts: f"{begin}{''.join(parts)}{end}")


TOKEN = st.one_of(
    *(around(f"{prefix}'", "'") for prefix in ("", "", "E", "e", "U&", "n", "b", "X")),
    *(around(*ends) for ends in (("$$", "$$"), ("$a$", "$a$"), ('"', '"'), ('U&"', '"'))),
    *(around(*ends) for ends in (("--", "\n"), ("/*", "*/"), ("/* /*", "*/ */"), ("/**", "**/"))),
    st.tuples(st.sampled_from(["", ".", "0x", "1_", "1.", "1e", "1e-", "a", "$", "_"]), MARK).map("".join),
)
PIECES = st.one_of(
    TOKEN, TOKEN, st.sampled_from([*SIGNS.split(" "), " ", "\n", "\r\n", "\x01", "\x02", "\x03"]), MARK
)
GLUE = st.sampled_from(["", " ", ",", ", ", "\n", "||", " - "])


@pytest.fixture(scope="module")
def conn(template: Any, make_database: Any) -> Any:
    """A superuser's connection to a database with everything deployed."""
    with make_database(template).connect(None) as connection:
        yield connection


def lawful(text: str) -> str | None:
    """Return the text, blanks for literals and comments, or None where PostgreSQL cannot read it."""
    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return None
    hidden = {at for token in tokens if token.token in LITERALS for at in range(token.start, token.end)}
    starts = accumulate((len(letter.encode()) for letter in text), initial=0)
    return "".join(" " if at in hidden else letter for letter, at in zip(text, starts, strict=False))


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(st.tuples(PIECES, GLUE), min_size=1, max_size=8), data=st.data())
def test_what_the_lexer_takes_for_a_literal_is_gone(
    conn: Any, pieces: list[tuple[str, str]], data: Any
) -> None:
    text = "".join(piece + glue for piece, glue in pieces)
    known = lawful(text)
    assume(known is not None)
    end = data.draw(st.integers(0, len(text)))
    for query, may_stay in ((text, known), (text[:end], known[:end])):
        (answer,) = conn.execute("select comply_private.without_literals(%s)", [query]).fetchone()
        more = Counter(c for c in answer if c in MARKS) - Counter(c for c in may_stay if c in MARKS)
        assert not more, (query, answer)
